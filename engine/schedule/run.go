package schedule

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// Run polls items as they come due until ctx ends, then waits for the polls that are running, and returns nil. A poll that fails
// because of the stop is not counted as a failure; its item stays due. Only one Run at a time: the error says that there is another.
func (s *Scheduler) Run(ctx context.Context) error {
	if err := s.begin(); err != nil {
		return err
	}
	defer s.end()
	var polls sync.WaitGroup
	defer polls.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		timer.Reset(s.dispatch(func(e *entry, item Item) {
			polls.Go(func() { s.poll(ctx, e, item) })
		}))
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-s.wake:
		}
	}
	return nil
}

func (s *Scheduler) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.looping {
		return errors.New("schedule: Run is already running")
	}
	s.looping = true
	return nil
}

func (s *Scheduler) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looping = false
}

// forever is how long the loop sleeps when no item is idle; adding one wakes it.
const forever = time.Hour

// dispatch starts what is due as far as there are workers, and returns the time until the next item comes due. A worker that gets free
// wakes the loop, so the items that still wait need no timer.
func (s *Scheduler) dispatch(start func(*entry, Item)) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Since(s.base)
	for e := s.heap.first(); e != nil && e.due <= now; e = s.heap.first() {
		s.enqueue(e)
	}
	for s.running < s.config.Workers {
		e := s.turns.next()
		if e == nil {
			break
		}
		s.waiting--
		s.running++
		s.lag = now - e.due
		s.config.Started(s.lag)
		start(e, s.itemOf(e))
	}
	if e := s.heap.first(); e != nil {
		return e.due - now
	}
	return forever
}

// enqueue moves an idle entry to the end of its group's ready list.
func (s *Scheduler) enqueue(e *entry) {
	s.heap.remove(e)
	e.state = ready
	s.waiting++
	g := s.group(e.instance)
	g.ready = append(g.ready, e)
	s.turns.join(g)
}

// poll runs one poll. Its end is recorded however the poll ends, runtime.Goexit included.
func (s *Scheduler) poll(ctx context.Context, e *entry, item Item) {
	result := Result{Failed: true}
	defer func() { s.finish(e, result, ctx.Err() != nil) }()
	result = s.call(ctx, item)
}

func (s *Scheduler) call(ctx context.Context, item Item) (result Result) {
	defer func() {
		if p := recover(); p != nil {
			s.config.Logger.Error("poll panicked", "instance", item.Instance, "resource", item.Resource,
				"err", fmt.Sprint(p), "stack", string(debug.Stack()))
			result = Result{Failed: true}
		}
	}()
	return s.config.Run(ctx, item)
}

// finish frees the worker, and lets the entry wait for its next poll unless it was removed.
func (s *Scheduler) finish(e *entry, result Result, stopping bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running--
	if !e.removed {
		s.plan(e, result, stopping)
	}
	s.leave(e)
	s.signal() // the worker is free, whoever has the entry
}

// plan sets when an entry that was running is due next.
func (s *Scheduler) plan(e *entry, result Result, stopping bool) {
	now := time.Now()
	switch {
	case e.renewed: // due was set by Add
	case stopping && result.Failed: // Invariant 5: stopping costs no attempt; still due
	default:
		s.count(e, result.Failed)
		tick := untilTick(now, s.hash(e), e.interval)
		e.due = now.Sub(s.base) + untilNext(result, e.failures, tick)
	}
	if e.again {
		e.due = min(e.due, now.Sub(s.base))
	}
	e.renewed, e.again = false, false
}

// count brings the number of failures in a row up to date, without overflow.
func (s *Scheduler) count(e *entry, failed bool) {
	switch {
	case !failed:
		e.failures = 0
	case e.failures < 1<<15:
		e.failures++
	}
}
