package deliver

import "time"

// Stats is a snapshot for health.
type Stats struct {
	Lanes    int       // lanes with waiting rows
	Waiting  int       // rows that wait, those in flight among them
	Oldest   time.Time // when the oldest of them was formed, as far as their lanes have been read; zero if none
	InFlight int       // requests
	Troubled int       // callbacks in trouble that are tried again by themselves
	Paused   int       // callbacks that wait to be resumed
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
		stats.Waiting += l.waiting
		if !l.formed.IsZero() && (stats.Oldest.IsZero() || l.formed.Before(stats.Oldest)) {
			stats.Oldest = l.formed
		}
	}
	return stats
}
