package schedule

import (
	"context"
	"fmt"
	"time"
)

// Wait returns when no poll of the instance is running, or with ctx's error. After Remove that is final: none will start.
func (s *Scheduler) Wait(ctx context.Context, instance int64) error {
	s.mu.Lock()
	g := s.groups[instance]
	if g == nil || g.running == 0 {
		s.mu.Unlock()
		return nil
	}
	ended := s.ended[instance]
	if ended == nil {
		ended = make(chan struct{})
		s.ended[instance] = ended
	}
	s.mu.Unlock()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the polls of %d: %w", instance, ctx.Err())
	}
}

// Next tells when an item is polled next; for one that waits for a worker or is being polled, when it came due. False if there is no
// such item. That of one which waits for Begin is a guess.
func (s *Scheduler) Next(instance int64, resource string) (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.find(instance, resource)
	if e == nil || e.removed {
		return time.Time{}, false
	}
	now := time.Now()
	if e.due == never {
		return now.Add(untilFirst(now, s.hash(e), e.interval, s.config.Spread)).Round(0), true
	}
	return now.Add(e.due - now.Sub(s.base)).Round(0), true
}

// Len is the number of items.
func (s *Scheduler) Len() int { return s.Snapshot().Items }

// Snapshot is the scheduler's load at one moment.
type Snapshot struct {
	Items   int           // scheduled
	Waiting int           // due, without a worker
	Running int           // polls, those of removed items included
	Lag     time.Duration // from coming due to its start, of the poll that was started last
}

// Snapshot reads the load. It costs nothing.
func (s *Scheduler) Snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Snapshot{Items: s.items, Waiting: s.waiting, Running: s.running, Lag: s.lag}
}
