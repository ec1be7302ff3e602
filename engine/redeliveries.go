package engine

import (
	"context"
	"errors"
	"time"

	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/store"
)

const (
	redeliverRows  = 100     // that one step looks at
	redeliverBytes = 1 << 20 // of payloads that one step sends, or one larger payload
	redeliverPause = time.Second
)

// redeliveries does the work of all jobs, a step of each in turn. A job is what the store knows of it: a step commits what it sends
// together with how far the job is, so that a restart goes on and nothing of it is sent twice.
type redeliveries struct {
	*Engine
	// admits says whether an instance may have more waiting. A job waits until it does.
	admits func(instance string) bool
	sooner chan struct{}
	climbs map[store.Key]*climb // by marker; of the goroutine of run only
}

// climb is what makes the next step of a job cheap. It can be lost.
type climb struct {
	deliver.Ascent
	rows int // that a step looks at
}

func newRedeliveries(e *Engine) *redeliveries {
	return &redeliveries{
		Engine: e, admits: func(instance string) bool { return e.admits(instance, deliver.Load{}) },
		sooner: make(chan struct{}, 1), climbs: map[store.Key]*climb{},
	}
}

// begin tells that there is a new job.
func (r *redeliveries) begin() {
	select {
	case r.sooner <- struct{}{}:
	default:
	}
}

// run works until ctx ends. No error ends it (Invariant 5).
func (r *redeliveries) run(ctx context.Context) error {
	for ctx.Err() == nil {
		moved, jobs := r.round(ctx)
		if moved {
			continue
		}
		var pause <-chan time.Time // without a job: until there is one
		if jobs {
			pause = time.After(redeliverPause)
		} else {
			clear(r.climbs) // those of cancelled jobs
		}
		select {
		case <-ctx.Done():
		case <-r.sooner:
		case <-pause:
		}
	}
	return nil
}

// round does a step of every job. It tells whether one got on, and whether there is any left.
func (r *redeliveries) round(ctx context.Context) (moved, jobs bool) {
	for after := (store.Key{}); ; {
		keys, err := r.store.Find(ctx, termRedelivering, after, 500)
		if err != nil {
			if ctx.Err() == nil {
				r.log.Error("redeliveries cannot be listed", "err", err)
			}
			return moved, true
		}
		if len(keys) == 0 {
			return moved, jobs
		}
		for _, key := range keys {
			after, jobs = key, true
			on, err := r.step(ctx, key)
			if err != nil && ctx.Err() == nil {
				r.log.Warn("step of a redelivery failed, will be repeated", "instance", idOf(key), "err", err)
			}
			moved = moved || on
		}
	}
}

// step does the next part of the job of a marker. It tells whether it got on.
func (r *redeliveries) step(ctx context.Context, marker store.Key) (moved bool, err error) {
	id, err := parseID(idOf(marker))
	if err != nil {
		return false, err
	}
	in, err := r.lives.get(ctx, id)
	if errors.Is(err, ErrNotFound) { // deleted
		return false, r.dropRedeliveries(ctx, id)
	}
	if err != nil || !r.admits(idText(id)) {
		return false, err
	}
	records, err := r.store.Get(ctx, marker)
	if err != nil || records[0].Version == 0 { // it has just ended
		return false, err
	}
	row, version, err := r.redelivery(ctx, id, string(records[0].Value))
	if errors.Is(err, ErrNotFound) { // deleted with its instance, half-way
		return false, r.deleteRecords(ctx, marker)
	}
	if err != nil {
		return false, err
	}
	c := r.climbs[marker]
	if c == nil {
		c = &climb{rows: redeliverRows}
		r.climbs[marker] = c
	}
	change, err := r.advance(ctx, &row, c)
	if err != nil {
		return false, err
	}
	switch err = r.commitRedelivery(ctx, row, version, change); {
	case errors.Is(err, store.ErrConflict): // a dead letter was sent again meanwhile, or the job was cancelled: look again
		return true, nil
	case errors.Is(err, store.ErrTooLarge) && c.rows > 1:
		c.rows /= 2
		return true, nil
	case errors.Is(err, store.ErrTooLarge):
		row, version, err = r.redelivery(ctx, id, row.ID)
		if err == nil {
			row.end(redeliveryFailed, "an event is too large to be stored once more", r.config.Now())
			err = r.commitRedelivery(ctx, row, version, store.Change{})
		}
	}
	if row.State != redeliveryRunning {
		delete(r.climbs, marker)
		r.log.Info("redelivery ended", "instance", in.ID, "state", row.State, "sent", row.Sent, "skipped", row.Skipped)
	}
	return err == nil, err
}
