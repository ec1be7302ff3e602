package schedule

import "time"

// Item is what is polled: one resource of one instance, every Interval.
type Item struct {
	Instance int64 // > 0
	Resource string
	Interval time.Duration // > 0
}

// First says when an added item is polled for the first time. From then on the grid applies.
type First int

const (
	// Spread is for enabling and for a changed interval: within min(interval, Config.Spread), at a moment that depends on the item, so that
	// many items added together do not come due together.
	Spread First = iota
	// Now is for an item that was just made by a user: at once.
	Now
	// Start is for those that are there at a start of the process: not before Begin, which spreads them when it is known how many there are.
	Start
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
