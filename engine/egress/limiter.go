package egress

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Rate allows Requests in each window of Per.
type Rate struct {
	Requests int
	Per      time.Duration
}

// Limiter holds one credential to all its rates at once, and lets those who wait through in turns. It also keeps to what the provider says of its
// limits. A nil Limiter does not limit.
type Limiter struct {
	rates []Rate

	mu      sync.Mutex
	windows []*window // the longest first
	queue   queue
	timer   *time.Timer // of the next turn; nil = nobody waits
	said    said
}

// NewLimiter makes a Limiter of a credential that nothing was asked with yet. Rates without requests or window are left out.
func NewLimiter(rates []Rate) *Limiter { return newLimiter(rates, time.Time{}) }

// newLimiter: with a credential that was in use until a time, nobody knows how much of the long windows was used then. See window.
func newLimiter(rates []Rate, used time.Time) *Limiter {
	l := &Limiter{rates: slices.Clone(rates)}
	now := time.Now()
	ordered := slices.SortedStableFunc(slices.Values(rates), func(a, b Rate) int { return cmp.Compare(b.Per, a.Per) })
	for _, r := range ordered {
		if r.Requests > 0 && r.Per > 0 {
			l.windows = append(l.windows, newWindow(r, now, used))
		}
	}
	return l
}

// patience is how long a request of a priority waits for its turn at most. One that could not have it by then learns so at once.
func (p Priority) patience() time.Duration {
	if p == Now {
		return 10 * time.Second // a person, or a program that will give up by itself
	}
	return time.Minute
}

// Wait blocks until a request may be sent. It fails with ErrCanceled, or with ErrLimited if the turn would come after the deadline of ctx, or after
// the patience of the priority: at once if that can be told, and with the time when there is room again. Of the requests that wait, those somebody
// waits for come first, and backfills last, but every tenth turn is a later one's; those of one priority come in turns by whose they are.
func (l *Limiter) Wait(ctx context.Context, p Priority, whose string) error {
	if l == nil {
		return nil
	}
	now := time.Now()
	latest := now.Add(p.patience())
	if end, ok := ctx.Deadline(); ok && end.Before(latest) {
		latest = end
	}
	l.mu.Lock()
	ahead := l.queue.ahead(p, whose)
	if at := l.roomAt(now, ahead+1); at.After(latest) {
		l.mu.Unlock()
		return limited(at, now)
	} else if ahead == 0 && !at.After(now) {
		l.take(now)
		l.mu.Unlock()
		return nil
	}
	w := l.queue.add(p, whose)
	l.plan(now)
	l.mu.Unlock()
	return l.await(ctx, w, latest.Sub(now))
}

// await waits for a turn that was asked for.
func (l *Limiter) await(ctx context.Context, w *waiter, most time.Duration) error {
	late := time.NewTimer(most)
	defer late.Stop()
	select {
	case <-w.turn:
		return nil
	case <-ctx.Done():
	case <-late.C:
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.queue.remove(w) { // its turn came meanwhile, and is used
		return nil
	}
	if ctx.Err() == context.Canceled {
		return &Error{Kind: ErrCanceled, cause: context.Canceled}
	}
	now := time.Now()
	at := l.roomAt(now, l.queue.len()+1)
	if l.queue.len() == 0 && !at.After(now) && ctx.Err() == nil { // just now
		l.take(now)
		return nil
	}
	return limited(at, now)
}

func limited(at, now time.Time) error {
	after := max(at.Sub(now), time.Millisecond)
	return &Error{Kind: ErrLimited, Detail: "the next request is allowed in " + roundUp(after).String(), After: after}
}

func roundUp(d time.Duration) time.Duration {
	return max((d + time.Second - 1).Truncate(time.Second), 0)
}

func (l *Limiter) wait(ctx context.Context, r Request, req *http.Request) error {
	err := l.Wait(ctx, r.Priority, r.Whose)
	if e, ok := err.(*Error); ok {
		e.Method, e.URL = req.Method, display(req.URL)
	}
	return err
}

// roomAt is when n more requests may have been sent, if nobody else came.
func (l *Limiter) roomAt(now time.Time, n int) time.Time {
	at := now
	if l.said.blocked.After(at) {
		at = l.said.blocked
	}
	for _, w := range l.windows {
		if t := w.roomAt(now, n); t.After(at) {
			at = t
		}
	}
	return at
}

func (l *Limiter) take(now time.Time) {
	for _, w := range l.windows {
		w.take(now)
	}
}

// plan has the next turn given as soon as there is room. The caller holds mu.
func (l *Limiter) plan(now time.Time) {
	wait := l.roomAt(now, 1).Sub(now)
	if l.timer == nil {
		l.timer = time.AfterFunc(wait, l.turn)
		return
	}
	l.timer.Reset(wait)
}

// turn gives turns as long as there is room.
func (l *Limiter) turn() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	for l.queue.len() > 0 {
		if l.roomAt(now, 1).After(now) {
			l.plan(now)
			return
		}
		l.take(now)
		close(l.queue.next().turn)
	}
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
}

// full reports that nothing was taken lately and nobody waits: forgetting this limiter and making it again changes nothing.
func (l *Limiter) full() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	for _, w := range l.windows {
		if !w.full(now) {
			return false
		}
	}
	return l.queue.len() == 0 && !l.said.blocked.After(now)
}
