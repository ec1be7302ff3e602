package engine

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/engine/store"
)

// rewindTries is how often a rewind is tried against a poll that commits meanwhile: a long one does so many times a second.
const rewindTries = 50

// Preview is what a rewind would have told.
type Preview struct {
	Mark   time.Time      `json:"mark"`  // as it would be
	Count  int            `json:"count"` // of events, those that were not told before included
	ByType map[string]int `json:"byType"`
	First  *time.Time     `json:"first,omitempty"` // date of the earliest record
	Last   *time.Time     `json:"last,omitempty"`  // of the latest
	// Truncated: not everything was looked at, within bounds of time and pages, or because of Error: there may be more.
	Truncated bool `json:"truncated"`
	// Error is why the provider could not be read.
	Error *poll.Problem `json:"error,omitempty"`
}

// planned is an instance's resource with what was compiled of it.
type planned struct {
	*instance.Resource
	Plan *instance.Plan
}

// planOf finds a resource of one of the caller's instances, or returns ErrNotFound.
func (e *Engine) planOf(ctx context.Context, caller Caller, id int64, resource string) (p planned, err error) {
	in, err := e.lives.get(ctx, id)
	if err != nil {
		return p, err
	}
	if _, err := e.view(ctx, caller, in); err != nil {
		return p, err
	}
	res, ok := in.Resource(resource)
	if !ok {
		return p, ErrNotFound
	}
	return planned{res, in.plans[resource]}, nil
}

// Rewind puts the mark of a resource back to a time: what is dated from then on is told again by the polls that follow, with the ids that the
// events had, and so is what was not told yet. mark is ISO 8601, or milliseconds since 1970. A poll that is running stores no more of what it
// does. Errors: ErrNotFound, an *instance.InvalidError for a time that is none or that would skip records, a *ConflictError for a resource
// without a mark.
func (e *Engine) Rewind(ctx context.Context, caller Caller, id int64, resource, mark string) error {
	if _, err := e.planOf(ctx, caller, id, resource); err != nil {
		return err
	}
	to, err := parseMark(mark)
	if err != nil {
		return err
	}
	var from time.Time
	for range rewindTries {
		if from, err = e.tryRewind(ctx, caller, id, resource, to); !errors.Is(err, store.ErrConflict) {
			break
		}
	}
	if errors.Is(err, store.ErrConflict) {
		return &ConflictError{"polls of the resource store too fast for the mark to be moved; try again"}
	}
	if err != nil {
		return err
	}
	e.note(ctx, caller, "resource.rewind", ofResource(id, resource), fmt.Sprintf("from %s to %s", stamp(from), stamp(to)))
	e.backfills.Store(idText(id)+"/"+resource, true)
	e.scheduler.PollNow(id, resource)
	return nil
}

// tryRewind moves the mark. Invariant 4: a poll that began before cannot commit over it, for the checkpoint has another version then.
func (e *Engine) tryRewind(ctx context.Context, caller Caller, id int64, resource string, to time.Time) (from time.Time, err error) {
	rec, err := e.checkpointRecord(ctx, id, resource)
	if err != nil {
		return from, err
	}
	now := e.config.Now()
	move := poll.MarkMove{ID: poll.NewID(now), Time: now.UTC().Truncate(time.Millisecond), To: to, By: poll.ByUser, User: caller.User}
	value, from, err := change.Rewind(rec.Value, to, move.ID)
	if err != nil {
		return from, noRewind(err)
	}
	move.From = from
	row, err := e.journal.Rewound(id, resource, move)
	if err != nil {
		return from, err
	}
	_, err = store.One(e.store.Commit(ctx, store.Change{Puts: []store.Put{{Key: rec.Key, Expect: rec.Version, Value: value}}, Log: []store.Entry{row}}))
	return from, err
}

// PreviewRewind reads the provider as a poll after a rewind would, and counts what it would tell. Nothing is stored. Errors: as Rewind and DryRun.
func (e *Engine) PreviewRewind(ctx context.Context, caller Caller, id int64, resource, mark string) (p Preview, err error) {
	if _, err := e.planOf(ctx, caller, id, resource); err != nil {
		return p, err
	}
	to, err := parseMark(mark)
	if err != nil {
		return p, err
	}
	out, err := e.dryRun(ctx, caller, id, resource, "preview", func(record []byte) ([]byte, error) {
		value, _, err := change.Rewind(record, to, poll.NewID(e.config.Now()))
		if err != nil {
			return nil, noRewind(err)
		}
		return value, nil
	}, poll.DryRun{
		Begin: func() { p = Preview{Mark: to, ByType: map[string]int{}} },
		Found: func(c change.Change) bool { p.count(c); return false },
	})
	if err != nil {
		return p, err
	}
	if p.ByType == nil { // the first page could not be read
		p = Preview{Mark: to, ByType: map[string]int{}}
	}
	p.Truncated, p.Error = out.Continues || out.Failed() || out.Unstable, out.Error
	return p, nil
}

func (p *Preview) count(c change.Change) {
	p.Count++
	p.ByType[string(c.Kind)]++
	date := c.Date.UTC()
	if p.First == nil || date.Before(*p.First) {
		p.First = &date
	}
	if p.Last == nil || date.After(*p.Last) {
		p.Last = &date
	}
}

// noRewind words why a checkpoint cannot be rewound.
func noRewind(err error) error {
	var ahead *change.AheadError
	switch {
	case errors.Is(err, change.ErrNoMark):
		return &ConflictError{"the resource is watched by the content of its records (detect: hash), so that there is no time to go back to; " +
			"events that were told can be sent again with POST /instances/{id}/events/redeliver"}
	case errors.Is(err, change.ErrNotBaselined):
		return &ConflictError{"the first poll of the resource has not ended, so that there is no mark yet; try again when it has"}
	case errors.As(err, &ahead):
		return &instance.InvalidError{Problems: []instance.Problem{{Path: "mark", Message: fmt.Sprintf(
			"should be at or before %s, up to which everything was told, is later: records in between would never be told", stamp(ahead.Passed))}}}
	}
	return err
}

// leastMillis is 1973: less is likely to be seconds.
const leastMillis = 100_000_000_000

// parseMark reads a time. Whether it lies in the past is a question to the mark: the provider's clock may not be ours.
func parseMark(text string) (at time.Time, err error) {
	var faults faultList
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case text == "":
		faults.add("mark", `is missing; it should be a time like "2026-06-09T20:47:01Z", or milliseconds since 1970`)
	case err == nil && n < leastMillis:
		faults.add("mark", "should be milliseconds since 1970, of 1973 or later, is %d: are these seconds?", n)
	case err == nil:
		at = time.UnixMilli(n).UTC()
	default:
		at = faults.time("mark", text)
	}
	if len(faults) == 0 && at.Before(time.Unix(0, 0)) {
		faults.add("mark", "should be 1970 or later, is %s", stamp(at))
	}
	return at.Truncate(time.Millisecond), faults.err()
}

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.999Z07:00") }
