package schedule

import (
	"context"
	"errors"
	"fmt"
)

// ErrRemoved: the item was taken off the schedule while a claim waited for its poll to end.
var ErrRemoved = errors.New("the item was removed from the schedule")

// Claim is an item that somebody polls outside the loop, because a user wants it now: no worker polls it meanwhile. It needs no worker, so
// whoever claims bounds how many there are. Exactly one of End and Cancel must follow.
type Claim struct {
	s *Scheduler
	e *entry
}

// waiter is a claim that waits for a running poll to end.
type waiter struct {
	decided chan struct{} // closed when the entry is the waiter's, or when it will not be
	refused bool          // set before decided is closed
}

// Claim takes an item out of the schedule until the claim ends. While the item is being polled it waits, before anybody else, or returns
// ctx's error, or ErrRemoved if the item is removed meanwhile. An item that is not scheduled can be claimed as well: it is not scheduled after it, unless it was added meanwhile.
func (s *Scheduler) Claim(ctx context.Context, instance int64, resource string) (*Claim, error) {
	e, w := s.claim(instance, resource)
	if w == nil {
		return &Claim{s, e}, nil
	}
	select {
	case <-w.decided:
		if w.refused {
			return nil, ErrRemoved
		}
		return &Claim{s, e}, nil
	case <-ctx.Done():
		s.giveUp(e, w)
		return nil, fmt.Errorf("wait for the poll of %d/%s: %w", instance, resource, ctx.Err())
	}
}

// claim takes the entry, or joins those that wait for it.
func (s *Scheduler) claim(instance int64, resource string) (*entry, *waiter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.find(instance, resource)
	if e == nil {
		e = s.insert(instance, resource)
		e.removed = true // it is forgotten after the claim, as one that was removed while it ran
	} else if e.state == running {
		w := &waiter{decided: make(chan struct{})}
		s.claims[e] = append(s.claims[e], w)
		return e, w
	} else {
		s.detach(e)
	}
	e.state = running
	s.group(instance).running++
	return e, nil
}

// giveUp takes back a claim that still waits, or hands on what it was given at the last moment.
func (s *Scheduler) giveUp(e *entry, w *waiter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := s.claims[e]
	for i, other := range waiting {
		if other != w {
			continue
		}
		if s.claims[e] = append(waiting[:i:i], waiting[i+1:]...); len(s.claims[e]) == 0 {
			delete(s.claims, e)
		}
		return
	}
	if !w.refused {
		s.leave(e)
	}
}

// refuse sends away those that wait for an entry.
func (s *Scheduler) refuse(e *entry) {
	for _, w := range s.claims[e] {
		w.refused = true
		close(w.decided)
	}
	delete(s.claims, e)
}

// End gives the item back after a poll. It is due as after any poll with that result.
func (c *Claim) End(result Result) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if !c.e.removed {
		c.s.plan(c.e, result, false)
	}
	c.s.leave(c.e)
}

// Cancel gives the item back unpolled. It is due when it was.
func (c *Claim) Cancel() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	e := c.e
	if e.again {
		e.due = min(e.due, c.s.now())
	}
	e.renewed, e.again = false, false
	c.s.leave(e)
}

// leave ends the time that an entry was running, by a worker or by a claim: it is the next claim's, or waits for its due time, or is forgotten.
// When it is due must have been set.
func (s *Scheduler) leave(e *entry) {
	if waiting := s.claims[e]; len(waiting) > 0 {
		if s.claims[e] = waiting[1:]; len(waiting) == 1 {
			delete(s.claims, e)
		}
		close(waiting[0].decided)
		return // still running
	}
	instance, g := e.instance, s.groups[e.instance]
	if g.running--; g.running == 0 && s.ended[instance] != nil {
		close(s.ended[instance])
		delete(s.ended, instance)
	}
	if e.removed {
		s.forget(e)
	} else {
		s.heap.push(e)
	}
	s.turns.join(g)
	s.rest(instance)
	s.signal()
}
