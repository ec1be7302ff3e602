package faultstore

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// ErrFault is the error of a call that a plan has fail.
var ErrFault = errors.New("fault of the store, made by a test")

// Fault is what happens to a call.
type Fault int

// The faults. The zero value means none.
const (
	None     Fault = iota
	Refused        // it fails, and nothing of it was applied
	Unknown        // it fails, although all of it was applied; of a read: it fails
	Conflict       // its changes that put records end with ErrConflict, as if somebody else had been faster; the others are applied
	Slow           // it waits before it begins
)

func (f Fault) String() string {
	return [...]string{"none", "error, not applied", "error, applied", "conflict", "slow"}[f]
}

// Call is one call of the store. Changes are those of a Commit; a read has none.
type Call struct{ Changes []store.Change }

// Plan says what happens to a call. It is asked before the call begins, by many goroutines, and may call the store itself.
type Plan func(Call) Fault

// Store is a store.Store with faults.
type Store struct {
	store.Store
	// Wait is how long a slow call waits.
	Wait func()

	mu     sync.Mutex
	plan   Plan
	counts map[Fault]int
}

var _ store.Store = (*Store)(nil)

// New wraps a store. A nil plan has no faults.
func New(s store.Store, plan Plan) *Store {
	return &Store{Store: s, Wait: func() { time.Sleep(time.Millisecond) }, plan: plan, counts: map[Fault]int{}}
}

// Follow replaces the plan.
func (s *Store) Follow(plan Plan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plan = plan
}

// Count is how many calls had a fault.
func (s *Store) Count(f Fault) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[f]
}

// draw asks the plan.
func (s *Store) draw(c Call) Fault {
	s.mu.Lock()
	plan := s.plan
	s.mu.Unlock()
	if plan == nil {
		return None
	}
	f := plan(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[f]++
	return f
}

// Commit implements store.Store.
func (s *Store) Commit(ctx context.Context, changes ...store.Change) ([]store.Outcome, error) {
	switch s.draw(Call{changes}) {
	case Refused:
		return nil, ErrFault
	case Unknown:
		if _, err := s.Store.Commit(ctx, changes...); err != nil {
			return nil, err
		}
		return nil, ErrFault
	case Conflict:
		return s.conflict(ctx, changes)
	case Slow:
		s.Wait()
	}
	return s.Store.Commit(ctx, changes...)
}

// conflict applies the changes that cannot have one.
func (s *Store) conflict(ctx context.Context, changes []store.Change) ([]store.Outcome, error) {
	outcomes := make([]store.Outcome, len(changes))
	var rest []store.Change
	var place []int
	for i, c := range changes {
		if outcomes[i].Err = store.ErrConflict; len(c.Puts) == 0 {
			rest, place = append(rest, c), append(place, i)
		}
	}
	applied, err := s.Store.Commit(ctx, rest...)
	if err != nil {
		return nil, err
	}
	for i, o := range applied {
		outcomes[place[i]] = o
	}
	return outcomes, nil
}
