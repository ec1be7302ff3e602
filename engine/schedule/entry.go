package schedule

import "time"

// state is where an entry is; it is in exactly one place.
type state uint8

const (
	idle    state = iota // in the heap
	ready                // due, in its group's ready list
	running              // being polled
)

// entry is an item inside the scheduler. There may be millions, so it is kept small (48 bytes) and without pointers, which a collection of garbage
// would follow: others know it by its number, names of resources repeat over instances and are kept once, and what can be computed (the
// hash) is not stored.
type entry struct {
	instance int64
	interval time.Duration
	due      time.Duration // since Scheduler.base; never = Begin will tell
	number   int32         // its own
	resource int32         // number of its name
	next     int32         // number of the instance's next entry; 0 = none
	index    int32         // in the heap; meaningful when idle
	failures uint16        // in a row
	state    state
	// What happened while the entry was running, for finish to act upon:
	removed bool // it is no longer wanted
	renewed bool // Add has set due; the running poll has no say in it
	again   bool // PollNow has asked for one more poll
}

// chunk is how many entries are allocated at once.
const chunk = 1024

// entries are all that there are, by number. An entry does not move, so that a pointer to it is good until it is given back.
type entries struct {
	chunks []*[chunk]entry
	made   int32
	free   int32 // number of the first that was given back; next leads to the others
}

func (s *entries) at(number int32) *entry { return &s.chunks[number/chunk][number%chunk] }

// take makes an entry that is zero but for its number, which is above 0.
func (s *entries) take() *entry {
	if s.free > 0 {
		e := s.at(s.free)
		s.free = e.next
		*e = entry{number: e.number}
		return e
	}
	s.made++
	if int(s.made/chunk) == len(s.chunks) {
		s.chunks = append(s.chunks, new([chunk]entry))
	}
	e := s.at(s.made)
	e.number = s.made
	return e
}

// give takes an entry back, for the next take.
func (s *entries) give(e *entry) {
	*e = entry{number: e.number, next: s.free}
	s.free = e.number
}
