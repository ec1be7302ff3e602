package schedule

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// maxInterval keeps sums of durations far from overflow; it is of no other use.
const maxInterval = 10 * 366 * 24 * time.Hour

// never is when an item is due that waits for Begin.
const never = 10 * maxInterval

// Scheduler calls Config.Run for every item when it is due. All methods are safe for concurrent use, from within Run too, except that
// Run must not Wait for its own instance.
type Scheduler struct {
	config Config
	base   time.Time // due times count from here, on the monotonic clock
	wake   chan struct{}

	mu      sync.Mutex
	entries entries
	names   names
	index   index            // of instances
	heap    heap             // idle entries
	groups  map[int64]*group // of instances of which something is due or runs
	turns   turns            // instances with ready entries
	items   int              // entries that are wanted
	waiting int              // ready entries
	running int              // polls
	lag     time.Duration    // of the poll started last
	ended   map[int64]chan struct{}
	claims  map[*entry][]*waiter // of entries that are being polled, the first to come first
	looping bool
}

// New returns a scheduler without items that does nothing until Run.
func New(c Config) (*Scheduler, error) {
	if err := c.setDefaults(); err != nil {
		return nil, err
	}
	s := &Scheduler{
		config: c,
		base:   time.Now(),
		wake:   make(chan struct{}, 1),
		names:  names{numbers: map[string]int32{}},
		groups: map[int64]*group{},
		turns:  turns{limit: int32(c.PerInstance)},
		ended:  map[int64]chan struct{}{},
		claims: map[*entry][]*waiter{},
	}
	s.heap.of, s.index.of = &s.entries, &s.entries
	return s, nil
}

// Add schedules an item. An item of the same instance and resource is replaced: its interval, its next poll and its count of failures
// are new. A poll that is running meanwhile is let end, and the first poll of the new item comes after it. The error tells what is
// wrong with the item.
func (s *Scheduler) Add(item Item, first First) error {
	return s.add(item, first, true)
}

// AddMissing is Add for an item that is not on the schedule. One that is stays as it is: whoever reads all instances at a start does not take an
// instance that was made meanwhile from its first poll.
func (s *Scheduler) AddMissing(item Item, first First) error {
	return s.add(item, first, false)
}

func (s *Scheduler) add(item Item, first First, replace bool) error {
	if item.Instance <= 0 || item.Resource == "" || item.Interval <= 0 || item.Interval > maxInterval {
		return fmt.Errorf("schedule %d/%q every %v: instance must be above 0, resource not empty, and the interval positive and at most %v",
			item.Instance, item.Resource, item.Interval, maxInterval)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.find(item.Instance, item.Resource); !replace && e != nil && !e.removed {
		return nil
	}
	now := time.Now()
	e := s.entry(item)
	e.interval, e.failures, e.again = item.Interval, 0, false
	switch e.due = now.Sub(s.base); first {
	case Spread:
		e.due += untilFirst(now, s.hash(e), item.Interval, s.config.Spread)
	case Start:
		e.due = never
	}
	if e.state == running {
		e.renewed = true
		return nil
	}
	s.await(e)
	return nil
}

// entry finds or makes the entry of an item, counts it, and takes it out of the heap or the ready list.
func (s *Scheduler) entry(item Item) *entry {
	e := s.find(item.Instance, item.Resource)
	if e == nil {
		s.items++
		return s.insert(item.Instance, item.Resource)
	}
	if e.removed {
		e.removed = false
		s.items++
	}
	s.detach(e)
	return e
}

// detach takes an entry out of where it waits.
func (s *Scheduler) detach(e *entry) {
	switch e.state {
	case idle:
		s.heap.remove(e)
	case ready:
		s.waiting--
		s.groups[e.instance].leave(e)
		s.rest(e.instance)
	}
}

// await puts an entry into the heap, and wakes the loop if it is the next to come due.
func (s *Scheduler) await(e *entry) {
	s.heap.push(e)
	if e.index == 0 {
		s.signal()
	}
}

// now is the time since base, in which due times count.
func (s *Scheduler) now() time.Duration { return time.Since(s.base) }

func (s *Scheduler) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Remove forgets all items of an instance. A poll of it that is running is let end (see Wait); no other one starts.
func (s *Scheduler) Remove(instance int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for number := s.index.get(instance); number > 0; {
		e := s.entries.at(number)
		number = e.next
		s.remove(e)
	}
}

// RemoveItem forgets one item and reports whether there was one. If it is being polled, the poll is let end.
func (s *Scheduler) RemoveItem(instance int64, resource string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.find(instance, resource)
	if e == nil || e.removed {
		return false
	}
	s.remove(e)
	return true
}

// remove forgets an entry, one that runs when its poll has ended.
func (s *Scheduler) remove(e *entry) {
	s.refuse(e)
	if !e.removed {
		s.detach(e)
		e.removed = true
		s.items--
	}
	if e.state != running {
		s.forget(e)
	}
}

// PollNow makes an item due at once, whatever it was waiting for. If it is being polled, one more poll follows. It reports whether
// there is such an item.
func (s *Scheduler) PollNow(instance int64, resource string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.find(instance, resource)
	if e == nil || e.removed {
		return false
	}
	switch e.state {
	case running:
		e.again = true
	case idle:
		s.heap.remove(e)
		e.due = min(e.due, time.Since(s.base))
		s.await(e)
	}
	return true
}

// Begin spreads the first polls of the items that were added by Start over Config.Spread, or over a longer time, each within its interval: were a
// million items polled within minutes of a start, nothing else would be. It is for after they were added and before Run.
func (s *Scheduler) Begin(over time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, limit := time.Now(), max(over, s.config.Spread)
	s.heap.slots = slices.Clip(slices.Clone(s.heap.slots)) // it has grown by appending
	s.heap.replan(func(e *entry) time.Duration {
		if e.due != never {
			return e.due
		}
		return now.Sub(s.base) + untilFirst(now, s.hash(e), e.interval, limit)
	})
	s.signal()
}
