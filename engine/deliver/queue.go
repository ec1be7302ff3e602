package deliver

import (
	"sync"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// queue knows the lanes with waiting rows and which of them may be served next. It only touches memory: no call of it waits, but take.
//
// Invariant 8: a lane is in one place only (the ready list, a worker's hands, the clock, aside with its callback, in line at a limit), so it has one request in flight.
type queue struct {
	mu     sync.Mutex
	work   *sync.Cond // a lane is ready, or the queue is closed
	sooner chan struct{}
	lanes  map[store.Lane]*lane
	// callbacks are what the lanes of an instance share, by instance.
	callbacks map[string]*callback
	ready     turns
	clock     clock
	cached    int // bytes of payload in all lanes' rows
	reserved  int // bytes that are being read
	limit     int
	closed    bool
	loaded    bool                  // what waited at the start is known
	emptied   func(instance string) // nothing waits for it any more; called with mu held
	// limits are those of hosts and instances that are in use, by name; hostWorkers and hostEvery are how those of hosts are set.
	limits      map[string]*limit
	workers     int
	taken       int // of the workers, by requests to hosts
	hostWorkers int
	hostEvery   time.Duration
}

func newQueue(bytes int) *queue {
	q := &queue{
		lanes: map[store.Lane]*lane{}, callbacks: map[string]*callback{}, limits: map[string]*limit{}, limit: bytes, sooner: make(chan struct{}, 1),
		emptied: func(string) {},
	}
	q.work = sync.NewCond(&q.mu)
	return q
}

// take waits for a ready lane; nil when the queue is closed. The caller holds the lane until put or postpone.
func (q *queue) take() *lane {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.ready.empty() && !q.closed {
		q.work.Wait()
	}
	if q.closed {
		return nil
	}
	l := q.ready.take()
	l.state, l.again = held, false
	return l
}

// put gives a lane back, behind others, or forgets it when it has nothing left.
func (q *queue) put(l *lane) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.vacate(l)
	if !l.busy() {
		q.forget(l)
		return
	}
	if !q.queued(l) {
		q.push(l)
	}
}

// postpone gives a lane back for later. It keeps no payloads meanwhile, and no worker.
func (q *queue) postpone(l *lane, as state, wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.vacate(l)
	q.release(l)
	if l.again {
		l.forgive()
		q.push(l)
		return
	}
	l.state = as
	q.wakeAt(&l.alarm, time.Now().Add(wait))
	q.retire(l)
}

// close sends the workers home.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.work.Broadcast()
}

// push makes a lane ready, unless its callback is in trouble: then it keeps no payloads. What only has to be committed is no matter of the
// callback.
func (q *queue) push(l *lane) {
	if c := l.callback; c.stopped() && c.probe != l && !l.settled() {
		q.release(l)
		l.state = blocked
		c.blocked = append(c.blocked, l)
		q.pass(c)
		return
	}
	l.state = ready
	q.ready.add(l)
	q.work.Signal()
}
