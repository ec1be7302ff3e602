package engine

import (
	"context"
	"errors"
	"time"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/engine/store"
)

// Checkpoint is what is remembered of a polled resource, and how its mark moved.
type Checkpoint struct {
	Instance int64  `json:"instanceId"`
	Resource string `json:"resource"`
	change.Summary
	Window     *Window `json:"window,omitempty"`  // of record dates, that the next poll asks for: from then on
	Covered    *Window `json:"covered,omitempty"` // record dates of which every record that was seen is remembered
	Remembered int     `json:"remembered"`        // records
	Rewind     *Rewind `json:"rewind,omitempty"`  // one that no complete poll has ended yet
	// MovedAt is when the mark moved last; zero if it did not as long as the history is kept, or there is none.
	MovedAt time.Time  `json:"movedAt,omitzero"`
	History []MarkMove `json:"history"` // newest first
}

// Rewind is a mark that was put back: what is dated from To on is told again.
type Rewind struct {
	To     time.Time `json:"to"`
	Passed time.Time `json:"passed"` // the mark before; everything up to it was told
}

// Shapes of polls in a Checkpoint.
type (
	// Window is a span of record dates.
	Window = poll.Window
	// MarkMove is a move of a mark.
	MarkMove = poll.MarkMove
)

// HistoryQuery says which page of a checkpoint's history is wanted.
type HistoryQuery struct {
	Page string // token of a page, "" = the first
	Size int    // at most so many
}

// Checkpoint reads what is remembered of a resource, with a page of its history and the token of the next ("" = none). ErrNotFound without
// such a resource.
func (e *Engine) Checkpoint(ctx context.Context, caller Caller, id int64, resource string, q HistoryQuery) (c Checkpoint, next string, err error) {
	plan, err := e.planOf(ctx, caller, id, resource)
	if err != nil {
		return c, "", err
	}
	if !auditPage.MatchString(q.Page) {
		return c, "", badPage()
	}
	view, err := poll.ViewOf(ctx, e.store, id, plan.Resource, plan.Plan)
	if errors.Is(err, poll.ErrGone) {
		return c, "", ErrNotFound
	}
	if err != nil {
		return c, "", err
	}
	c = Checkpoint{Instance: id, Resource: resource, Summary: view.Summary, Remembered: view.Remembered, History: []MarkMove{}}
	c.span(view.Span)
	moves, next, err := e.journal.Moves(ctx, id, resource, q.Page, q.Size)
	if err != nil {
		return c, "", err
	}
	c.History = append(c.History, moves...)
	latest := moves
	if q.Page != "" || len(moves) == 0 && next != "" {
		if latest, err = e.lastMove(ctx, id, resource); err != nil {
			return c, "", err
		}
	}
	if len(latest) > 0 {
		c.MovedAt = latest[0].Time
	}
	return c, next, nil
}

func (c *Checkpoint) span(s change.Span) {
	if c.Detect != "dates" {
		return
	}
	c.Window = &Window{From: s.From}
	passed := c.Mark
	if !s.To.IsZero() {
		c.Rewind, passed = &Rewind{To: s.To, Passed: s.Passed}, s.Passed
	}
	if !s.Covered.IsZero() {
		c.Covered = &Window{From: s.Covered, To: passed}
	}
}

// lastMove is the newest move, as a list of one; empty if there is none.
func (e *Engine) lastMove(ctx context.Context, id int64, resource string) (moves []MarkMove, err error) {
	for before := ""; ; {
		var next string
		if moves, next, err = e.journal.Moves(ctx, id, resource, before, 1); err != nil || len(moves) > 0 || next == "" {
			return moves, err
		}
		before = next
	}
}

// checkpointRecord reads the stored record of a checkpoint, or returns ErrNotFound.
func (e *Engine) checkpointRecord(ctx context.Context, id int64, resource string) (store.Record, error) {
	in, err := e.lives.get(ctx, id)
	if err != nil {
		return store.Record{}, err
	}
	r, ok := in.Resource(resource)
	if !ok {
		return store.Record{}, ErrNotFound
	}
	records, err := e.store.Get(ctx, poll.CheckpointKey(id, r))
	if err != nil {
		return store.Record{}, err
	}
	if records[0].Version == 0 {
		return store.Record{}, ErrNotFound
	}
	return records[0], nil
}
