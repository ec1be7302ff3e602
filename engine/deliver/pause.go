package deliver

import (
	"context"
	"fmt"
	"time"
)

// Pause tells that a callback was given up until its user resumes it. Its notifications wait meanwhile; nothing is lost.
type Pause struct {
	Instance string
	At       time.Time
	Since    time.Time // of the first fault in a row
	Faults   int       // in a row
	Reason   string    // for its user
	Status   int       // of the last attempt; 0 = no answer
	Fault    Fault     // of the last attempt
}

// CallbackState is how the callback of an instance fares, as far as notifications wait for it. The zero value: nothing is known against it.
type CallbackState struct {
	Paused bool
	Faults int       // in a row, of the callback
	Since  time.Time // of the first of them
	Next   time.Time // when it is tried again; zero while it is tried, or paused
	Status int       // of the last fault; 0 = no answer
	Fault  Fault     // the last one
	Why    string    // in words, the last one
}

// Callback tells how the callback of an instance fares.
func (s *Sender) Callback(instance string) CallbackState {
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	c, known := s.queue.callbacks[instance]
	if !known {
		return CallbackState{}
	}
	state := CallbackState{Paused: c.paused, Faults: c.faults, Since: c.since, Status: c.status, Fault: c.fault, Why: c.why}
	if c.alarm.set() {
		state.Next = c.alarm.due
	}
	return state
}

// Resume lets a paused callback be tried again, with its notifications' retries counted anew. Call it when Targets no longer says Paused.
func (s *Sender) Resume(instance string) { s.queue.refresh(instance) }

// tellPause hands a pause to whoever keeps it. If it cannot be kept, the callback is tried again after the longest backoff instead.
func (s *Sender) tellPause(ctx context.Context, p Pause) {
	s.cfg.Logger.Warn("callback paused", "instance", p.Instance, "since", p.Since, "status", p.Status, "fault", string(p.Fault), "reason", p.Reason)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	if err := s.cfg.OnPause(ctx, p); err != nil {
		s.cfg.Logger.Error("pause is not kept, the callback will be tried again", "instance", p.Instance, "err", err)
		s.queue.unpause(p.Instance, s.cfg.Backoff.Cap)
	}
}

func (s *Sender) pauseReason(a Attempt, since time.Time) string {
	switch {
	case a.Status == 410:
		return "the callback answered 410 Gone"
	case a.Status != 0:
		return fmt.Sprintf("the callback took nothing for %v and answered %d last", a.At.Sub(since).Round(time.Hour), a.Status)
	}
	return fmt.Sprintf("the callback took nothing for %v; last fault: %s", a.At.Sub(since).Round(time.Hour), a.why())
}
