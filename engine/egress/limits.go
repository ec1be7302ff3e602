package egress

import (
	"container/list"
	"slices"
	"sync"
	"time"
)

// DefaultMaxLimiters is how many limiters a Limits keeps.
const DefaultMaxLimiters = 100_000

// Limits keeps the limiters of all credentials, by key. It is safe for concurrent use.
type Limits struct {
	max   int
	began time.Time
	mu    sync.Mutex
	byKey map[string]*list.Element
	used  *list.List       // of *keyed, the latest used first
	saved map[string]Saved // of before the start, until they are asked for
	lost  time.Time        // when a limiter that owed something was last forgotten; zero = never
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
	return &Limits{max: max, began: time.Now(), byKey: map[string]*list.Element{}, used: list.New(), saved: map[string]Saved{}}
}

// Limiter gives the limiter of a key, the same one as long as its rates stay the same. known: the credential was in use before this process
// began, so that its long windows may have been used up then; since then nothing was sent without these Limits knowing.
func (l *Limits) Limiter(key string, rates []Rate, known bool) *Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.byKey[key]; ok {
		entry := e.Value.(*keyed)
		if !slices.Equal(entry.limiter.rates, rates) {
			entry.limiter = newLimiter(rates, time.Now())
		}
		l.used.MoveToFront(e)
		return entry.limiter
	}
	if len(l.byKey) >= l.max {
		l.evict()
	}
	entry := &keyed{key: key, limiter: newLimiter(rates, l.usedUntil(known))}
	if s, ok := l.saved[key]; ok {
		delete(l.saved, key)
		entry.limiter.restore(s)
	}
	l.byKey[key] = l.used.PushFront(entry)
	return entry.limiter
}

// usedUntil is when a credential without a limiter may have been used last; zero: it was not.
func (l *Limits) usedUntil(known bool) time.Time {
	if !known || l.began.Before(l.lost) {
		return l.lost
	}
	return l.began
}

// Remove forgets a key, when its credential is gone.
func (l *Limits) Remove(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.saved, key)
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
	l.lost = time.Now()
	l.drop(l.used.Back())
}

func (l *Limits) drop(e *list.Element) {
	delete(l.byKey, e.Value.(*keyed).key)
	l.used.Remove(e)
}

// Saved is what a limiter knows, for a start of the process that follows a stop.
type Saved struct {
	Windows []SavedWindow `json:"windows,omitempty"`
	Blocked time.Time     `json:"blocked,omitzero"`
	Why     string        `json:"why,omitempty"`
}

// SavedWindow is one window of a Saved.
type SavedWindow struct {
	Requests int           `json:"requests"`
	Per      time.Duration `json:"per"` // nanoseconds
	Tokens   float64       `json:"tokens"`
	At       time.Time     `json:"at"`
	Slot     int64         `json:"slot"`
	Counts   []int         `json:"counts"`
}

// Save gives what is worth keeping over a stop, by key. Nothing may be sent through the limiters afterwards.
func (l *Limits) Save() map[string]Saved {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := map[string]Saved{}
	for key, s := range l.saved { // not asked for since the start
		all[key] = s
	}
	for key, e := range l.byKey {
		if s, worth := e.Value.(*keyed).limiter.save(); worth {
			all[key] = s
		}
	}
	return all
}

// Restore takes back what Save gave.
func (l *Limits) Restore(all map[string]Saved) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, s := range all {
		l.saved[key] = s
	}
}

func (l *Limiter) save() (s Saved, worth bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.said.blocked.After(now) {
		s.Blocked, s.Why, worth = l.said.blocked, l.said.why, true
	}
	for _, w := range l.windows {
		if w.Per < longWindow {
			continue
		}
		w.flow(now)
		w.shift(now)
		worth = worth || w.tokens < w.burst || w.slow()
		s.Windows = append(s.Windows, SavedWindow{w.Requests, w.Per, w.tokens, w.at, w.slot, slices.Clone(w.counts[:])})
	}
	return s, worth
}

func (l *Limiter) restore(s Saved) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if s.Blocked.After(now) {
		l.said.blocked, l.said.why = earlier(s.Blocked, now.Add(longestDaily)), s.Why
	}
	for _, w := range l.windows {
		for _, old := range s.Windows {
			if old.Requests == w.Requests && old.Per == w.Per && !old.At.After(now) && len(old.Counts) == slots {
				w.tokens, w.at, w.slot = min(old.Tokens, w.burst), old.At, old.Slot
				copy(w.counts[:], old.Counts)
			}
		}
	}
}

// Usage is how much of its limits a credential has used.
type Usage struct {
	Windows []WindowUsage
	Waiting map[Priority]int
	Blocked time.Time // nothing is sent before; zero: it is not
	Why     string
	Said    Said // At is zero if the provider told nothing
}

// WindowUsage is one window of a Usage.
type WindowUsage struct {
	Rate
	Used int       // in the last window, as far as is known
	Next time.Time // when the next request can be sent
}

// Usage tells how much is used.
func (l *Limiter) Usage() (u Usage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	for _, w := range slices.Backward(l.windows) { // the shortest first
		u.Windows = append(u.Windows, WindowUsage{w.Rate, w.used(now), w.roomAt(now, 1)})
	}
	u.Waiting = map[Priority]int{}
	for _, p := range []Priority{Now, Live, Backfill} {
		u.Waiting[p] = l.queue.lines[p.rank()].n
	}
	if u.Said = l.said.last; l.said.blocked.After(now) {
		u.Blocked, u.Why = l.said.blocked, l.said.why
	}
	return u
}
