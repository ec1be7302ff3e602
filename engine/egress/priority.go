package egress

// Priority is whose turn it is when requests of one credential wait for its limits.
type Priority uint8

// Priorities. The zero value is that of most requests.
const (
	Live     Priority = iota // a poll on the schedule
	Now                      // somebody waits for the answer
	Backfill                 // what was missed long ago
)
