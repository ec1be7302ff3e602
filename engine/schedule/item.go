package schedule

import (
	"time"
	"unique"
)

// Item is what is polled: one resource of one instance, every Interval.
type Item struct {
	Instance string
	Resource string
	Interval time.Duration // > 0
}

// First says when an added item is polled for the first time. From then on the grid applies.
type First int

const (
	// Spread is for a start of the process, for enabling and for a changed interval: within min(interval, Config.Spread), at a moment
	// that depends on the item, so that many items added together do not come due together.
	Spread First = iota
	// Now is for an item that was just made by a user: at once.
	Now
)

// Result is what one poll tells of itself.
type Result struct {
	// Failed backs the item off; the first poll that has not failed ends the backoff.
	Failed bool
	// RetryAfter, if positive, is how long the provider asked to be left alone. At most a day is honoured: it is an outside value,
	// and an item must not fall silent for ever because of it.
	RetryAfter time.Duration
	// Again asks for one more poll at once, at the end of the queue: a long scan goes on. A failed poll backs off instead.
	Again bool
}

// state is where an entry is; it is in exactly one place.
type state uint8

const (
	idle    state = iota // in the heap
	ready                // due, in its group's ready list
	running              // being polled
)

// entry is an item inside the scheduler. There may be millions, so it is kept small: resource names repeat over instances and are
// interned, and what can be computed (the hash) is not stored.
type entry struct {
	group    *group
	resource unique.Handle[string]
	interval time.Duration
	due      time.Duration // since Scheduler.base
	index    int32         // in the heap; meaningful when idle
	failures uint16        // in a row
	state    state
	// What happened while the entry was running, for finish to act upon:
	removed bool // it is no longer wanted
	renewed bool // Add has set due; the running poll has no say in it
	again   bool // PollNow has asked for one more poll
}

func (e *entry) item() Item {
	return Item{Instance: e.group.instance, Resource: e.resource.Value(), Interval: e.interval}
}
