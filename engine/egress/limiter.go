package egress

import (
	"cmp"
	"container/list"
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate allows Requests in each window of Per.
type Rate struct {
	Requests int
	Per      time.Duration
}

// Limiter holds one credential to all its rates at once. A nil Limiter does not limit.
type Limiter struct {
	rates   []Rate
	windows []*rate.Limiter // the longest window first
}

// NewLimiter makes a Limiter. Rates without requests or window are left out.
//
// A bucket that holds n and refills at n per window lets 2n pass in a window that begins with it full. So a fifth of n (at least 1) is the
// burst and the rest is the refill: no window of Per ever holds more than Requests, and a long window still starts quickly.
func NewLimiter(rates []Rate) *Limiter {
	l := &Limiter{rates: slices.Clone(rates)}
	ordered := slices.SortedStableFunc(slices.Values(rates), func(a, b Rate) int { return cmp.Compare(b.Per, a.Per) })
	for _, r := range ordered {
		if r.Requests <= 0 || r.Per <= 0 {
			continue
		}
		burst := max(1, r.Requests/5)
		refill := max(1, r.Requests-burst)
		l.windows = append(l.windows, rate.NewLimiter(rate.Limit(float64(refill)/r.Per.Seconds()), burst))
	}
	return l
}

// Wait blocks until a request may be sent. It fails with ErrCanceled, or at once with ErrLimited if the turn would come after the deadline of
// ctx. The longest window is asked first: the spacing that the shortest one gives is then not undone by waiting for another.
func (l *Limiter) Wait(ctx context.Context) error {
	if l == nil {
		return nil
	}
	for _, w := range l.windows {
		if err := w.Wait(ctx); err != nil {
			if ctx.Err() == context.Canceled {
				return &Error{Kind: ErrCanceled, cause: context.Canceled}
			}
			return &Error{Kind: ErrLimited, Detail: "the next request is allowed only after the deadline"}
		}
	}
	return nil
}

func (l *Limiter) wait(ctx context.Context, req *http.Request) error {
	err := l.Wait(ctx)
	if e, ok := err.(*Error); ok {
		e.Method, e.URL = req.Method, display(req.URL)
	}
	return err
}

// full reports that nothing was taken lately: forgetting this limiter and making it again changes nothing.
func (l *Limiter) full() bool {
	for _, w := range l.windows {
		if w.Tokens() < float64(w.Burst()) {
			return false
		}
	}
	return true
}

// DefaultMaxLimiters is how many limiters a Limits keeps.
const DefaultMaxLimiters = 100_000

// Limits keeps the limiters of all credentials, by key. It is safe for concurrent use.
type Limits struct {
	max   int
	mu    sync.Mutex
	byKey map[string]*list.Element
	used  *list.List // of *keyed, the latest used first
}

type keyed struct {
	key     string
	limiter *Limiter
}

// NewLimits keeps at most max limiters (0 = DefaultMaxLimiters).
func NewLimits(max int) *Limits {
	if max <= 0 {
		max = DefaultMaxLimiters
	}
	return &Limits{max: max, byKey: map[string]*list.Element{}, used: list.New()}
}

// Limiter gives the limiter of a key, the same one as long as its rates stay the same.
func (l *Limits) Limiter(key string, rates []Rate) *Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.byKey[key]; ok {
		entry := e.Value.(*keyed)
		if !slices.Equal(entry.limiter.rates, rates) {
			entry.limiter = NewLimiter(rates)
		}
		l.used.MoveToFront(e)
		return entry.limiter
	}
	if len(l.byKey) >= l.max {
		l.evict()
	}
	entry := &keyed{key: key, limiter: NewLimiter(rates)}
	l.byKey[key] = l.used.PushFront(entry)
	return entry.limiter
}

// Remove forgets a key, when its credential is gone.
func (l *Limits) Remove(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.byKey[key]; ok {
		l.drop(e)
	}
}

// evict drops the longest unused limiter that owes nothing; if none of the last few is such, the longest unused.
func (l *Limits) evict() {
	e := l.used.Back()
	for tries := 0; e != nil && tries < 64; e, tries = e.Prev(), tries+1 {
		if e.Value.(*keyed).limiter.full() {
			l.drop(e)
			return
		}
	}
	l.drop(l.used.Back())
}

func (l *Limits) drop(e *list.Element) {
	delete(l.byKey, e.Value.(*keyed).key)
	l.used.Remove(e)
}
