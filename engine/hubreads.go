package engine

import (
	"context"
	"fmt"
	"sync"
)

// How many reads of an instance are made at once, and how many more may wait for that. A read takes memory for the provider's pages.
const (
	readsAtOnce  = 4
	readsWaiting = 16
)

// BusyError is a request that would be one too many.
type BusyError struct{ Message string }

func (e *BusyError) Error() string { return e.Message }

// reads counts the hub reads that are under way, by instance.
type reads struct {
	mu  sync.Mutex
	all map[int64]*readGate
}

type readGate struct {
	inside chan struct{}
	count  int // inside and waiting
}

func newReads() *reads { return &reads{all: map[int64]*readGate{}} }

// enter waits for a turn; done ends it. Errors: *BusyError, ctx's.
func (r *reads) enter(ctx context.Context, id int64) (done func(), err error) {
	r.mu.Lock()
	gate := r.all[id]
	if gate == nil {
		gate = &readGate{inside: make(chan struct{}, readsAtOnce)}
		r.all[id] = gate
	}
	if gate.count >= readsAtOnce+readsWaiting {
		r.mu.Unlock()
		return nil, &BusyError{fmt.Sprintf("%d requests of this instance are under way or wait; try again", readsAtOnce+readsWaiting)}
	}
	gate.count++
	r.mu.Unlock()
	leave := func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if gate.count--; gate.count == 0 {
			delete(r.all, id)
		}
	}
	select {
	case gate.inside <- struct{}{}:
		return func() { <-gate.inside; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
