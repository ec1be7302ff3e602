package deliver

import (
	"slices"
	"time"
)

// callback is what the lanes of one instance share. While it is in trouble its lanes are blocked, all but one probe at a time: a dead
// callback costs one alarm, however much waits for it. All of it is guarded by queue.mu.
//
// In trouble there is an alarm, or a probe, or no lane that could be one.
type callback struct {
	instance string
	lanes    []*lane
	gated    []*lane // those that wait for lanes of another layout
	url      string  // as of the last admission, and the name of its host's limit
	host     string

	faults    int       // of the callback, in a row; 0 = it is not in trouble
	since     time.Time // of the first of them
	status    int       // of the last of them
	fault     Fault     // the last of them
	why       string    // in words, of the last of them
	told      bool      // the last one said when to come again
	paused    bool      // until refreshed
	successes int       // 2xx, for telling whether others fare better
	blocked   []*lane   // that would be ready
	probe     *lane     // the one lane that may send
	alarm     alarm     // of the next probe
}

// callback finds or begins the callback of an instance.
func (q *queue) callback(instance string) *callback {
	c, known := q.callbacks[instance]
	if !known {
		c = &callback{instance: instance}
		c.alarm.ring = func() { q.pass(c) }
		q.callbacks[instance] = c
	}
	return c
}

// forget lets go of a lane that has nothing left, and of its callback with the last one.
func (q *queue) forget(l *lane) {
	c := l.callback
	delete(q.lanes, l.key)
	c.lanes = slices.DeleteFunc(c.lanes, func(other *lane) bool { return other == l })
	q.ungate(c)
	q.retire(l)
	if len(c.lanes) == 0 {
		q.unset(&c.alarm)
		delete(q.callbacks, c.instance)
		q.emptied(c.instance)
	}
}

func (c *callback) stopped() bool { return c.paused || c.faults > 0 }

// pass makes the next blocked lane the probe of a callback in trouble, if it is time and there is none.
func (q *queue) pass(c *callback) {
	if c.paused || c.faults == 0 || c.probe != nil || c.alarm.set() || len(c.blocked) == 0 {
		return
	}
	c.probe = c.blocked[0]
	c.blocked = slices.Delete(c.blocked, 0, 1)
	q.push(c.probe)
}

// retire ends a lane's turn as the probe without a result.
func (q *queue) retire(l *lane) {
	if c := l.callback; c.probe == l {
		c.probe = nil
		q.pass(c)
	}
}

// recover ends the trouble of a callback: all its lanes go on.
func (q *queue) recover(c *callback) {
	c.faults, c.since, c.status, c.fault, c.why, c.told, c.paused, c.probe = 0, time.Time{}, 0, "", "", false, false, nil
	q.unset(&c.alarm)
	lanes := c.blocked
	c.blocked = nil
	for _, l := range lanes {
		q.push(l)
	}
}

// succeed takes in a 2xx. One that was under way when the callback asked to wait does not end the wait.
func (q *queue) succeed(l *lane) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c := l.callback
	c.successes++
	if c.faults > 0 && !c.paused && (c.probe == l || !c.told) {
		q.recover(c)
	}
}
