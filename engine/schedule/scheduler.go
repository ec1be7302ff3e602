package schedule

import (
	"fmt"
	"sync"
	"time"
)

// maxInterval keeps sums of durations far from overflow; it is of no other use.
const maxInterval = 10 * 366 * 24 * time.Hour

// Scheduler calls Config.Run for every item when it is due. All methods are safe for concurrent use, from within Run too, except that
// Run must not Wait for its own instance.
type Scheduler struct {
	config Config
	base   time.Time // due times count from here, on the monotonic clock
	wake   chan struct{}

	mu      sync.Mutex
	groups  map[string]*group // by instance
	heap    heap              // idle entries
	turns   turns             // instances with ready entries
	items   int               // entries that are wanted
	waiting int               // ready entries
	running int               // polls
	lag     time.Duration     // of the poll started last
	ended   map[*group]chan struct{}
	claims  map[*entry][]*waiter // of entries that are being polled, the first to come first
	looping bool
}

// New returns a scheduler without items that does nothing until Run.
func New(c Config) (*Scheduler, error) {
	if err := c.setDefaults(); err != nil {
		return nil, err
	}
	return &Scheduler{
		config: c,
		base:   time.Now(),
		wake:   make(chan struct{}, 1),
		groups: map[string]*group{},
		turns:  turns{limit: int32(c.PerInstance)},
		ended:  map[*group]chan struct{}{},
		claims: map[*entry][]*waiter{},
	}, nil
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
	if item.Instance == "" || item.Resource == "" || item.Interval <= 0 || item.Interval > maxInterval {
		return fmt.Errorf("schedule %q/%q every %v: instance and resource must not be empty, the interval must be positive and at most %v",
			item.Instance, item.Resource, item.Interval, maxInterval)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.groups[item.Instance].entry(item.Resource); !replace && e != nil && !e.removed {
		return nil
	}
	now := time.Now()
	e := s.entry(item)
	e.interval, e.failures, e.again = item.Interval, 0, false
	e.due = now.Sub(s.base)
	if first != Now {
		e.due += untilFirst(now, hashOf(item.Instance, item.Resource), item.Interval, s.config.Spread)
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
	g := s.groups[item.Instance]
	if g == nil {
		g = &group{instance: item.Instance}
		s.groups[item.Instance] = g
	}
	e := g.entry(item.Resource)
	if e == nil {
		s.items++
		return g.insert(item.Resource) // still nowhere
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
		e.group.leave(e)
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
func (s *Scheduler) Remove(instance string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[instance]
	if g == nil {
		return
	}
	g.ready = nil // at once, and not one by one
	kept := g.entries[:0]
	for _, e := range g.entries {
		if s.drop(e); e.state == running {
			kept = append(kept, e)
		}
	}
	clear(g.entries[len(kept):])
	g.entries = kept
	s.prune(g)
}

// RemoveItem forgets one item and reports whether there was one. If it is being polled, the poll is let end.
func (s *Scheduler) RemoveItem(instance, resource string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[instance]
	e := g.entry(resource)
	if e == nil || e.removed {
		return false
	}
	if s.drop(e); e.state != running {
		g.forget(e)
		s.prune(g)
	}
	return true
}

// drop marks an entry as removed and takes it out of where it waits.
func (s *Scheduler) drop(e *entry) {
	s.refuse(e)
	if e.removed {
		return
	}
	s.detach(e)
	e.removed = true
	s.items--
}

// prune forgets a group without entries.
func (s *Scheduler) prune(g *group) {
	if len(g.entries) == 0 {
		delete(s.groups, g.instance)
	}
}

// PollNow makes an item due at once, whatever it was waiting for. If it is being polled, one more poll follows. It reports whether
// there is such an item.
func (s *Scheduler) PollNow(instance, resource string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.groups[instance].entry(resource)
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

// Stretch spreads the first polls of many items over a longer time than Config.Spread, each still within its interval: were a million items
// polled within minutes of a start, nothing else would be. It is for after the items were added and before Run. What is due by now stays so.
func (s *Scheduler) Stretch(limit time.Duration) {
	if limit <= s.config.Spread {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now, waiting := time.Now(), s.heap
	base := now.Sub(s.base)
	s.heap = make(heap, 0, len(waiting))
	for _, slot := range waiting {
		e := slot.entry
		if e.due > base {
			e.due = base + untilFirst(now, hashOf(e.group.instance, e.resource.Value()), e.interval, limit)
		}
		s.heap.push(e)
	}
	s.signal()
}
