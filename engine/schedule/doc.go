// Package schedule decides WHEN: it calls a function for each item (a resource of an instance) whenever that item is due.
//
// Due times are computed, never stored. An item has a phase, hash(instance, resource) mod interval, and its grid ticks are
// phase + k*interval on the wall clock, so the polls of many items spread evenly and keep their places over restarts. What departs
// from the grid (the first poll, a backoff, a provider's Retry-After) lives in memory only. Ticks that pass while a poll waits or
// runs are not made up for: the next poll is at the first tick after its end. First polls after a start are spread over some minutes, over
// more when there are very many items (Begin).
//
// Fairness. Items that are due wait for one of Config.Workers workers. Instances take turns: an instance joins the end of the queue
// when one of its items comes due (earliest due first), is given one worker when its turn comes, and goes to the end again if more of
// its items wait. Besides that, one instance has at most Config.PerInstance polls running, so that many slow resources of one instance
// cannot hold all workers either. An instance with a thousand due resources delays another one by one turn, not by a thousand.
//
// Clocks. Waiting is measured on the monotonic clock and only the grid is laid on the wall clock, so setting the machine's clock
// neither stops polling nor releases a flood of polls.
//
// It must never: run two polls of one item at once, start a goroutine or a timer for an idle item, end its loop because of a poll's
// failure or panic, or know what a poll is. Package engine wires it to package poll.
package schedule
