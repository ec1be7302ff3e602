package model

import "time"

// kind is what the state has to be told as; "" if either is right.
func (l *ledger) kind(s *state, since int64) string {
	o := s.object
	if o.lastTold > 0 {
		return "UPDATED"
	}
	for _, earlier := range o.states[:s.n] {
		switch {
		case earlier.remembered && s.created < far:
			return "UPDATED"
		case earlier.early && l.doubtful(earlier):
			return ""
		}
	}
	// An object that was there in the last complete scan changed, and so moved, while that scan was under way.
	activation, gray := l.activation()
	if o.shown > l.last && s.created > activation+gray && o.firstShown-s.created <= l.latest().Milliseconds() {
		return "CREATED"
	}
	return l.windowKind(s, since)
}

func (l *ledger) windowKind(s *state, since int64) string {
	fromLo, fromHi := l.instants(s.created)
	lo, hi := l.instants(s.updated)
	tolerance := l.tolerance.Milliseconds()
	switch {
	case fromLo >= since, hi-fromLo <= tolerance && fromHi-lo <= tolerance:
		return "CREATED"
	case fromHi < since && lo-fromHi > tolerance:
		return "UPDATED"
	}
	return ""
}

// doubtful: the text does not say that the state is from after the activation.
func (l *ledger) doubtful(s *state) bool {
	activation, gray := l.activation()
	lo, _ := l.instants(s.updated)
	return lo <= activation+l.unit.Milliseconds()+gray
}

// scanned judges a complete scan: it asked for dates from since on, with its first request at one moment and its last at another.
func (l *ledger) scanned(from, to int, since int64) {
	first := !l.first && !l.unsure
	l.first, l.last = true, l.began
	for _, o := range l.all {
		s := o.visible
		if s == nil || s.shown > from || s.gone != 0 && s.gone <= to {
			continue
		}
		if first {
			l.baseline(s, since)
		}
		if s.told == 0 && l.promised(s, since) {
			l.fault("%v could be seen from the first to the last request of a scan, and was not told (window from %v)", s, time.UnixMilli(since).UTC())
		}
	}
}

func (l *ledger) baseline(s *state, since int64) {
	activation, gray := l.activation()
	lo, hi := l.instants(s.updated)
	if hi > activation-gray {
		return
	}
	s.never, s.remembered = true, lo >= since
	if s.told > 0 {
		l.fault("%v was told, and belongs to the baseline", s)
	}
}

func (l *ledger) promised(s *state, since int64) bool {
	if s.never || s.early && l.doubtful(s) {
		return false
	}
	lo, _ := l.instants(s.updated)
	activation, _ := l.activation()
	return lo >= since || s.updated > activation && s.shownAt-s.updated <= l.latest().Milliseconds()
}
