package engine

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/store"
)

// Redelivery is a job that sends the events of a filter again, each once: its dead letters and then what was delivered, oldest first. An
// event that waits is skipped.
type Redelivery struct {
	ID       string      `json:"id"`
	Instance int64       `json:"instanceId"`
	Filter   EventFilter `json:"filter"`
	State    string      `json:"state"` // running, done, cancelled or failed
	Sent     int         `json:"sent"`
	Skipped  int         `json:"skipped"` // that the filter wants, but that wait or are kept no more
	// Reached is how far it is: delivered events up to this time have been looked at.
	Reached  time.Time `json:"reachedAt,omitzero"`
	Started  time.Time `json:"startedAt"`
	Finished time.Time `json:"finishedAt,omitzero"`
	Error    string    `json:"error,omitempty"`
}

// The states of a redelivery.
const (
	redeliveryRunning   = "running"
	redeliveryDone      = "done"
	redeliveryCancelled = "cancelled"
	redeliveryFailed    = "failed"
)

// RedeliverEvent sends one event again, with its id and its bytes. A *ConflictError says that it waits anyway, or that too much does.
func (e *Engine) RedeliverEvent(ctx context.Context, caller Caller, id int64, eventID string) (Event, error) {
	row, _, err := e.event(ctx, caller, id, eventID)
	if err != nil {
		return Event{}, err
	}
	if err := e.admitRedelivery(ctx, id); err != nil {
		return Event{}, err
	}
	switch err = e.sender.Repeat(ctx, row); {
	case errors.Is(err, deliver.ErrWaits):
		return Event{}, &ConflictError{fmt.Sprintf("event %s waits to be delivered already", row.ID)}
	case errors.Is(err, deliver.ErrNoNotification):
		return Event{}, ErrNotFound
	case err != nil:
		return Event{}, err
	}
	e.note(ctx, caller, "event.redeliver", ofInstance(id)+"/events/"+row.ID, "")
	return e.Event(ctx, caller, id, row.ID)
}

// admitRedelivery is the gate of polls for what is sent again by hand: a *ConflictError says that too much waits.
func (e *Engine) admitRedelivery(ctx context.Context, id int64) error {
	select {
	case <-e.sender.Counted(): // soon after a start
	case <-ctx.Done():
		return ctx.Err()
	}
	if !e.redeliveries.admits(idText(id)) {
		return &ConflictError{"more waits to be delivered than the instance may have waiting; try again when there is less"}
	}
	return nil
}

// RedeliverEvents begins a job that sends the events of a filter again. A *ConflictError says that one runs already.
func (e *Engine) RedeliverEvents(ctx context.Context, caller Caller, id int64, filter EventFilter) (Redelivery, error) {
	if _, err := e.Instance(ctx, caller, id); err != nil {
		return Redelivery{}, err
	}
	if filter == (EventFilter{}) {
		return Redelivery{}, &instance.InvalidError{Problems: []instance.Problem{{Path: "body", Message: `says nothing of what to send again; give one or more of status, state, type, resource, objectId, from and to, as {"state": "deadletter"}`}}}
	}
	parsed, err := filter.parse()
	if err != nil {
		return Redelivery{}, err
	}
	now := e.config.Now().UTC()
	row := redeliveryRow{Format: redeliveryFormat, Redelivery: Redelivery{
		ID: redeliveryID(now), Instance: id, Filter: filter, State: redeliveryRunning, Started: now.Truncate(time.Millisecond),
	}}
	if row.After, row.End, err = e.redeliverySpan(ctx, id, parsed); err != nil {
		return Redelivery{}, err
	}
	job, err := row.put(0)
	if err != nil {
		return Redelivery{}, err
	}
	marker := store.Put{Key: redeliveringKey(id), Value: []byte(row.ID), Index: []store.Term{termRedelivering}}
	_, err = store.One(e.store.Commit(ctx, store.Change{Puts: []store.Put{marker, job}}))
	if errors.Is(err, store.ErrConflict) {
		return Redelivery{}, &ConflictError{"a redelivery of this instance is running; wait for its end, or cancel it"}
	}
	if err != nil {
		return Redelivery{}, err
	}
	e.note(ctx, caller, "events.redeliver", ofInstance(id)+"/jobs/"+row.ID, "")
	e.redeliveries.begin()
	if err := e.tidyRedeliveries(ctx, id); err != nil {
		e.log.Warn("old redeliveries not removed", "instance", id, "err", err)
	}
	return row.Redelivery, nil
}

// redeliverySpan is what a job looks at: after < seq < end. It ends with the newest notification that there is now.
func (e *Engine) redeliverySpan(ctx context.Context, id int64, f deliver.Filter) (after, end store.Seq, err error) {
	newest, err := e.store.Kept(ctx, idText(id), 0, 1)
	if err != nil || len(newest) == 0 {
		return 0, 0, err
	}
	end = newest[0].Seq + 1
	if !f.To.IsZero() {
		end = min(end, store.SeqAt(f.To))
	}
	if !f.From.IsZero() {
		after = max(store.SeqAt(f.From), 1) - 1
	}
	return after, end, nil
}

// redeliveryID sorts by time.
func redeliveryID(now time.Time) string {
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails
	return fmt.Sprintf("%016x", max(now.UnixMilli(), 0)) + hex.EncodeToString(random[:])
}

// Redeliveries lists the last redeliveries of an instance, newest first.
func (e *Engine) Redeliveries(ctx context.Context, caller Caller, id int64) ([]Redelivery, error) {
	if _, err := e.Instance(ctx, caller, id); err != nil {
		return nil, err
	}
	records, err := e.redeliveryRecords(ctx, id)
	if err != nil {
		return nil, err
	}
	list := make([]Redelivery, len(records))
	for i, rec := range records {
		row, err := readRedelivery(rec)
		if err != nil {
			return nil, err
		}
		list[len(list)-1-i] = row.Redelivery
	}
	return list, nil
}

// Redelivery reads one, or returns ErrNotFound.
func (e *Engine) Redelivery(ctx context.Context, caller Caller, id int64, job string) (Redelivery, error) {
	if _, err := e.Instance(ctx, caller, id); err != nil {
		return Redelivery{}, err
	}
	row, _, err := e.redelivery(ctx, id, job)
	return row.Redelivery, err
}

// CancelRedelivery ends a redelivery; what it has sent is sent. One that has ended stays as it is.
func (e *Engine) CancelRedelivery(ctx context.Context, caller Caller, id int64, job string) (Redelivery, error) {
	if _, err := e.Instance(ctx, caller, id); err != nil {
		return Redelivery{}, err
	}
	for range tries * tries { // it moves on meanwhile
		row, version, err := e.redelivery(ctx, id, job)
		if err != nil || row.State != redeliveryRunning {
			return row.Redelivery, err
		}
		row.end(redeliveryCancelled, "", e.config.Now())
		err = e.commitRedelivery(ctx, row, version, store.Change{})
		if err == nil {
			e.note(ctx, caller, "job.cancel", ofInstance(id)+"/jobs/"+job, "")
		}
		if !errors.Is(err, store.ErrConflict) {
			return row.Redelivery, err
		}
	}
	return Redelivery{}, store.ErrConflict
}
