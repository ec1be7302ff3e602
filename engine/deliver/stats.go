package deliver

import "time"

// Stats is a snapshot for health and metrics.
type Stats struct {
	Depth             // of all kinds together
	Waits    [6]Depth // by Wait
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

// Wait says what the rows of a lane wait for.
type Wait int

// The waits, each with its word.
const (
	WaitSending Wait = iota // a worker, or the answer
	WaitLimited             // what their host or instance is allowed at once or in a second
	WaitBackoff             // another attempt after trouble
	WaitPaused              // their callback to be resumed
	WaitOff                 // their instance to be switched on or to get a callback
	WaitOrder               // rows of the instance that were stored under another layout of lanes
)

// String is its word, for metrics.
func (w Wait) String() string {
	return [...]string{"sending", "limited", "backoff", "paused", "off", "order"}[w]
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
		stats.Waits[l.waitsFor()].add(l)
	}
	return stats
}

func (d *Depth) add(l *lane) {
	d.Waiting += l.waiting
	if !l.formed.IsZero() && (d.Oldest.IsZero() || l.formed.Before(d.Oldest)) {
		d.Oldest = l.formed
	}
}

func (l *lane) waitsFor() Wait {
	switch {
	case l.state == ready || l.state == held:
		return WaitSending
	case l.callback.paused:
		return WaitPaused
	case l.state == limited:
		return WaitLimited
	case l.state == parked:
		return WaitOff
	case l.state == gated:
		return WaitOrder
	}
	return WaitBackoff
}
