package deliver

import "time"

// Stats is a snapshot for health and metrics.
type Stats struct {
	Depth             // of all states together
	States   [6]Depth // by State
	Lanes    int      // lanes with waiting rows
	InFlight int      // requests
	Troubled int      // callbacks in trouble that are tried again by themselves
	Paused   int      // callbacks that wait to be resumed
}

// Depth is how much waits.
type Depth struct {
	Waiting int       // rows, those in flight among them
	Oldest  time.Time // when the oldest of them was formed, as far as their lanes have been read; zero if none
}

// State says what the rows of a lane wait for.
type State int

// The states, each with its word.
const (
	StateSending State = iota // a worker, or the answer
	StateLimited              // what their host or instance is allowed at once or in a second
	StateBackoff              // another attempt after trouble
	StatePaused               // their callback to be resumed
	StateOff                  // their instance to be switched on or to get a callback
	StateOrder                // rows of the instance that were stored under another layout of lanes
)

// String is the state's word, for metrics.
func (s State) String() string {
	return [...]string{"sending", "limited", "backoff", "paused", "off", "order"}[s]
}

// Stats counts. It costs a look at every waiting lane.
func (s *Sender) Stats() Stats {
	stats := s.queue.stats()
	stats.InFlight = int(s.posting.Load())
	return stats
}

func (q *queue) stats() Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	var stats Stats
	for _, c := range q.callbacks {
		switch {
		case c.paused:
			stats.Paused++
		case c.faults > 0:
			stats.Troubled++
		}
	}
	for _, l := range q.lanes {
		if l.waiting == 0 {
			continue
		}
		stats.Lanes++
		stats.add(l)
		stats.States[l.waitsFor()].add(l)
	}
	return stats
}

func (d *Depth) add(l *lane) {
	d.Waiting += l.waiting
	if !l.formed.IsZero() && (d.Oldest.IsZero() || l.formed.Before(d.Oldest)) {
		d.Oldest = l.formed
	}
}

func (l *lane) waitsFor() State {
	switch {
	case l.state == ready || l.state == held:
		return StateSending
	case l.callback.paused:
		return StatePaused
	case l.state == limited:
		return StateLimited
	case l.state == parked:
		return StateOff
	case l.state == gated:
		return StateOrder
	}
	return StateBackoff
}
