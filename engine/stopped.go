package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/engine/schedule"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/sdk"
)

// Stopped is why an instance is polled no more, until its user enables it again.
type Stopped struct {
	Instance int64     `json:"instanceId"`
	Resource string    `json:"resource"`
	Kind     string    `json:"kind"`
	Message  string    `json:"message"`
	Failures int       `json:"failures"` // polls in a row
	At       time.Time `json:"at"`
}

func stoppedKey(id int64) store.Key {
	name := idText(id)
	return store.Key{Partition: store.PartitionOf(name), Name: "stopped/" + name}
}

// streaks counts failed polls in a row, per resource. An entry lives while a resource fails.
type streaks struct {
	mu  sync.Mutex
	all map[string]streak // instance/resource
}

type streak struct {
	failures, auth int
	limited        time.Time // since when nothing but "too many requests" came; zero: that was not so
}

// limitedTime is how long a provider may answer "too many requests", and nothing else, before the polling stops.
const limitedTime = 48 * time.Hour

// limit adds a poll that was refused for the number of requests, and reports whether that has been so for too long.
func (s *streaks) limit(key string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.all[key]
	if was.limited.IsZero() {
		was.limited = now
		s.all[key] = was
	}
	return now.Sub(was.limited) >= limitedTime
}

// forget drops the streaks of an instance.
func (s *streaks) forget(instance string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.all {
		if strings.HasPrefix(key, instance+"/") {
			delete(s.all, key)
		}
	}
}

func newStreaks() *streaks { return &streaks{all: map[string]streak{}} }

// success ends a streak, and reports whether there was one.
func (s *streaks) success(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, was := s.all[key]
	delete(s.all, key)
	return was
}

// failure adds a failed poll. before is asked for the length of a streak that a former process has seen.
func (s *streaks) failure(key string, auth bool, before func() int) streak {
	s.mu.Lock()
	_, known := s.all[key]
	s.mu.Unlock()
	earlier := 0
	if !known {
		earlier = before() // reads the store; a resource is polled by one worker at a time
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.all[key]
	now.failures += earlier + 1
	now.limited = time.Time{}
	if now.auth++; !auth {
		now.auth = 0
	}
	s.all[key] = now
	return now
}

// judge counts a poll's outcome and stops the instance after too many failures in a row. Failures of our own store are not the
// provider's and do not count.
func (e *Engine) judge(ctx context.Context, job poll.Job, out *poll.Outcome) {
	key := idText(out.Instance) + "/" + out.Resource
	if !out.Postponed.IsZero() { // it says nothing of the provider
		return
	}
	if !out.Failed() {
		out.Recovered = e.streaks.success(key) // kept in the journal, so that a restart does not count on
		return
	}
	if out.Error.Kind == poll.KindStore {
		return
	}
	if out.Error.Kind == sdk.FaultRateLimited {
		if e.streaks.limit(key, e.config.Now()) {
			e.stop(ctx, key, Stopped{out.Instance, out.Resource, out.Error.Kind, out.Error.Message, out.Failures, e.config.Now().UTC().Truncate(time.Second)})
		}
		return
	}
	run := e.streaks.failure(key, out.Error.Kind == sdk.FaultAuth, func() int { return e.failuresBefore(ctx, job, out) })
	out.Failures = run.failures
	if run.auth < e.config.AuthFailures && run.failures < e.config.PollFailures {
		return
	}
	e.stop(ctx, key, Stopped{out.Instance, out.Resource, out.Error.Kind, out.Error.Message, run.failures, e.config.Now().UTC().Truncate(time.Second)})
}

func (e *Engine) stop(ctx context.Context, key string, s Stopped) {
	if err := e.stopPolling(ctx, s); err != nil {
		e.log.Error("polling not stopped", "instance", s.Instance, "err", err)
		return
	}
	e.streaks.success(key)
}

// failuresBefore reads the streak from the journal, if its last poll belongs to it.
func (e *Engine) failuresBefore(ctx context.Context, job poll.Job, out *poll.Outcome) int {
	const tries = 50
	outcomes, err := e.journal.List(ctx, out.Instance, out.ID, tries)
	if err != nil {
		return 0
	}
	for _, o := range outcomes {
		if o.Resource == out.Resource {
			if out.Time.Sub(o.Time) > job.Apart() {
				return 0
			}
			return o.Failures
		}
	}
	return 0
}

// stopPolling stores the reason and takes the instance off the schedule. One resource that cannot be polled stops its whole instance, as
// on the platform.
func (e *Engine) stopPolling(ctx context.Context, s Stopped) error {
	in, err := e.lives.get(ctx, s.Instance)
	if err != nil {
		return err
	}
	if s.Kind == sdk.FaultAuth {
		s.Message += e.wayBack(in.Instance)
	}
	value, err := json.Marshal(s)
	if err != nil {
		return err
	}
	e.scheduler.Remove(s.Instance) // first: an Enable that follows the commit puts it back
	_, err = store.One(e.store.Commit(ctx, store.Change{Puts: []store.Put{{Key: stoppedKey(s.Instance), Value: value, Index: []store.Term{
		{Name: "stopped", Value: "all"}, {Name: "stopped-organization", Value: idText(in.Organization)},
	}}}}))
	if err != nil && !errors.Is(err, store.ErrConflict) { // a conflict: another resource of the instance was first
		e.scheduleAgain(ctx, s.Instance)
		return fmt.Errorf("stop polling of instance %d: %w", s.Instance, err)
	}
	if err == nil {
		e.noteOwn(ctx, s.Instance, "instance.stop", s.Kind+": "+s.Message)
	}
	e.log.Warn("polling stopped until the instance is enabled again", "instance", s.Instance, "resource", s.Resource, "kind", s.Kind, "failures", s.Failures)
	return nil
}

// stopped reads why an instance is polled no more; nil if it is not stopped.
func (e *Engine) stopped(ctx context.Context, id int64) (*Stopped, error) {
	records, err := e.store.Get(ctx, stoppedKey(id))
	if err != nil || records[0].Version == 0 {
		return nil, err
	}
	var s Stopped
	return &s, json.Unmarshal(records[0].Value, &s)
}

// PollingDisabled lists the caller's instances whose polling was stopped after failures.
func (e *Engine) PollingDisabled(ctx context.Context, caller Caller) ([]Stopped, error) {
	list := []Stopped{}
	term := store.Term{Name: "stopped-organization", Value: idText(caller.Organization)}
	err := e.each(ctx, term, func(rec store.Record) error {
		var s Stopped
		if err := json.Unmarshal(rec.Value, &s); err != nil {
			return err
		}
		list = append(list, s)
		return nil
	})
	return list, err
}

// Enable lets an instance be polled again, at once.
func (e *Engine) Enable(ctx context.Context, caller Caller, id int64) error {
	view, err := e.Instance(ctx, caller, id)
	if err != nil {
		return err
	}
	if view.Disabled {
		if err := e.rewrite(ctx, id, func(in *instance.Instance) { in.Disabled = false }); err != nil {
			return err
		}
	}
	if err := e.deleteRecords(ctx, stoppedKey(id)); err != nil {
		return e.inDoubt(ctx, id, err)
	}
	in, err := e.lives.get(ctx, id)
	if err != nil {
		return err
	}
	for _, r := range in.Resources {
		e.streaks.success(idText(id) + "/" + r.Name)
	}
	e.note(ctx, caller, "instance.enable", ofInstance(id), "")
	e.schedule(in.Instance, schedule.Now)
	return nil
}

// Disable ends the polling of an instance until it is enabled again; then what changed meanwhile is told. What was found is delivered all the
// same, and tokens are kept fresh.
func (e *Engine) Disable(ctx context.Context, caller Caller, id int64) (*Instance, error) {
	if _, err := e.Instance(ctx, caller, id); err != nil {
		return nil, err
	}
	if err := e.rewrite(ctx, id, func(in *instance.Instance) { in.Disabled = true }); err != nil {
		return nil, err
	}
	e.scheduler.Remove(id)
	e.running.cancel(idText(id))
	e.note(ctx, caller, "instance.disable", ofInstance(id), "")
	return e.Instance(ctx, caller, id)
}

// each reads the records that carry a term, in pages.
func (e *Engine) each(ctx context.Context, term store.Term, do func(store.Record) error) error {
	for after := (store.Key{}); ; {
		keys, err := e.store.Find(ctx, term, after, 500)
		if err != nil || len(keys) == 0 {
			return err
		}
		after = keys[len(keys)-1]
		records, err := e.store.Get(ctx, keys...)
		if err != nil {
			return err
		}
		for _, rec := range records {
			if rec.Version == 0 { // deleted meanwhile
				continue
			}
			if err := do(rec); err != nil {
				return err
			}
		}
	}
}
