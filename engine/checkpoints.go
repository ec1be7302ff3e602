package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/engine/store"
)

// PollerRecord is what the engine remembers of one polled resource.
type PollerRecord struct {
	Instance int64  `json:"instanceId"`
	Resource string `json:"objectName"`
	change.Summary
}

// PollerRecords lists what is remembered of an instance's resources, one row each.
func (e *Engine) PollerRecords(ctx context.Context, caller Caller, id int64) ([]PollerRecord, error) {
	in, err := e.Instance(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	rows := []PollerRecord{}
	for i := range in.Resources {
		r := &in.Resources[i]
		records, err := e.store.Get(ctx, poll.CheckpointKey(id, r))
		if err != nil {
			return nil, err
		}
		if records[0].Version == 0 { // deleted meanwhile
			continue
		}
		summary, err := change.Summarize(records[0].Value)
		if err != nil {
			return nil, fmt.Errorf("checkpoint of %d/%s: %w", id, r.Name, err)
		}
		rows = append(rows, PollerRecord{id, r.Name, summary})
	}
	return rows, nil
}

// DecideHeld confirms or refuses the deletions that the guard holds for a resource; the next scan obeys. ErrNotFound without such a
// resource, an *instance.InvalidError when nothing is held or the decision is neither.
func (e *Engine) DecideHeld(ctx context.Context, caller Caller, id int64, resource string, decision change.Decision) error {
	in, err := e.Instance(ctx, caller, id)
	if err != nil {
		return err
	}
	r, ok := in.Resource(resource)
	if !ok {
		return ErrNotFound
	}
	for range tries { // a poll may store its checkpoint meanwhile
		if err = e.tryDecide(ctx, poll.CheckpointKey(id, r), decision); !errors.Is(err, store.ErrConflict) {
			break
		}
	}
	if err == nil {
		e.note(ctx, caller, "resource.held."+string(decision), ofInstance(id)+"/resources/"+resource, "")
		e.scheduler.PollNow(id, resource)
	}
	return err
}

func (e *Engine) tryDecide(ctx context.Context, key store.Key, decision change.Decision) error {
	records, err := e.store.Get(ctx, key)
	if err != nil {
		return err
	}
	if records[0].Version == 0 {
		return ErrNotFound
	}
	value, err := change.Decide(records[0].Value, decision)
	if err != nil {
		return &instance.InvalidError{Problems: []instance.Problem{{Path: "decision", Message: err.Error()}}}
	}
	_, err = store.One(e.store.Commit(ctx, store.Change{Puts: []store.Put{{Key: key, Expect: records[0].Version, Value: value}}}))
	return err
}
