package deliver

import "time"

// verdict is what follows from a failed attempt.
type verdict int

const (
	moot    verdict = iota // the instance was changed meanwhile: try again at once
	setback                // of the callback
	refusal                // of the notification
)

// judge says whom a failed attempt of a held lane counts against. A fault that may be of either is one of the notification if others of
// the callback got 2xx since it failed last, or if it did before and the callback is not in trouble.
func (q *queue) judge(l *lane, by blame) verdict {
	q.mu.Lock()
	defer q.mu.Unlock()
	c := l.callback
	others := l.failed && c.successes > l.successes || l.refusals > 0 && c.faults == 0
	l.failed, l.successes = true, c.successes
	switch {
	case l.again:
		return moot
	case by == onCallback || by == onEither && !others:
		return setback
	}
	if c.probe == l { // it answers
		q.recover(c)
	}
	return refusal
}

// setBack takes in a fault of the callback and blocks the lane. The callback is probed after its backoff, or when it asked for it; paused
// tells that it is given up instead.
func (q *queue) setBack(l *lane, a Attempt, b Backoff, told, limit time.Duration) (since time.Time, faults int, paused bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c, now := l.callback, time.Now()
	gone := a.Status == 410
	underWay := c.faults > 0 && c.probe != l // it began before the callback was known to be in trouble
	if c.faults == 0 {
		c.since = a.At
	}
	if c.probe == l {
		c.probe = nil
	}
	if !underWay {
		c.faults++
		c.told = false
	}
	c.status, c.fault, c.why = a.Status, a.Fault, a.why()
	switch due := now.Add(max(b.delay(c.faults), told)); {
	case c.paused:
	case gone || now.Sub(c.since) >= limit:
		c.paused, paused = true, true
		q.unset(&c.alarm)
	case !underWay:
		c.told = told > 0
		q.wakeAt(&c.alarm, due)
	case told > 0 && c.alarm.set() && now.Add(told).After(c.alarm.due):
		c.told = true
		q.wakeAt(&c.alarm, now.Add(told))
	}
	q.block(l)
	return c.since, c.faults, paused
}

// block takes a held lane aside until the callback may be tried. It keeps no payloads meanwhile.
func (q *queue) block(l *lane) {
	q.vacate(l)
	q.release(l)
	if l.again {
		l.forgive()
	}
	q.push(l)
}

// pause blocks a held lane of a callback that is given up. It tells whether it was not before.
func (q *queue) pause(l *lane) (begins bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c := l.callback
	if l.again {
		q.block(l)
		return false
	}
	begins = !c.paused
	c.paused = true
	if c.probe == l {
		c.probe = nil
	}
	q.unset(&c.alarm)
	q.block(l)
	return begins
}

// unpause puts a callback back from paused into trouble.
func (q *queue) unpause(instance string, wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if c, known := q.callbacks[instance]; known && c.paused {
		c.paused, c.faults = false, max(c.faults, 1)
		q.wakeAt(&c.alarm, time.Now().Add(wait))
	}
}
