package engine

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// How many reads are made at once, of an instance and of all, and how many more of an instance may wait for that. A read takes memory for the
// provider's pages.
const (
	readsAtOnce  = 4
	readsWaiting = 16
	readsOfAll   = 64
)

// BusyError is a request that would be one too many.
type BusyError struct{ Message string }

func (e *BusyError) Error() string { return e.Message }

// reads counts the hub reads that are under way, by instance.
type reads struct {
	inside chan struct{} // of all instances
	mu     sync.Mutex
	all    map[int64]*readGate
}

type readGate struct {
	inside chan struct{}
	count  int // inside and waiting
}

func newReads() *reads {
	return &reads{inside: make(chan struct{}, readsOfAll), all: map[int64]*readGate{}}
}

// enter waits for a turn; done ends it. Errors: *BusyError, ctx's.
func (r *reads) enter(ctx context.Context, id int64) (done func(), err error) {
	gate := r.queue(id)
	if gate == nil {
		return nil, &BusyError{fmt.Sprintf("%d requests of this instance are under way or wait; try again", readsAtOnce+readsWaiting)}
	}
	undo := []func(){func() { r.leave(id, gate) }}
	done = func() {
		for _, do := range slices.Backward(undo) {
			do()
		}
	}
	for _, turns := range []chan struct{}{gate.inside, r.inside} {
		select {
		case turns <- struct{}{}:
			undo = append(undo, func() { <-turns })
		case <-ctx.Done():
			done()
			return nil, ctx.Err()
		}
	}
	return done, nil
}

// queue counts a request; nil = there are too many.
func (r *reads) queue(id int64) *readGate {
	r.mu.Lock()
	defer r.mu.Unlock()
	gate := r.all[id]
	if gate == nil {
		gate = &readGate{inside: make(chan struct{}, readsAtOnce)}
		r.all[id] = gate
	}
	if gate.count >= readsAtOnce+readsWaiting {
		return nil
	}
	gate.count++
	return gate
}

func (r *reads) leave(id int64, gate *readGate) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if gate.count--; gate.count == 0 {
		delete(r.all, id)
	}
}
