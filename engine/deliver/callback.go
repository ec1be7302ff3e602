package deliver

import "slices"

// callback is what the lanes of one instance share. All of it is guarded by queue.mu.
type callback struct {
	instance string
	lanes    []*lane
	gated    []*lane // those that wait for lanes of another layout
}

// callback finds or begins the callback of an instance.
func (q *queue) callback(instance string) *callback {
	c, known := q.callbacks[instance]
	if !known {
		c = &callback{instance: instance}
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
	if len(c.lanes) == 0 {
		delete(q.callbacks, c.instance)
	}
}

// gate takes a held lane aside if rows of another layout must go first. Invariant 8: after a change of the number of lanes, or of the
// order, an object's later events are in another lane than its earlier ones; so what was formed first goes first, over all layouts.
func (q *queue) gate(l *lane) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !l.later() {
		return false
	}
	q.release(l)
	l.state = gated
	l.callback.gated = append(l.callback.gated, l)
	return true
}

// later reports whether rows wait in a lane of another layout that were formed before the lane's first one, or may have been.
func (l *lane) later() bool {
	return slices.ContainsFunc(l.callback.lanes, func(other *lane) bool {
		return layoutOf(other.key) != layoutOf(l.key) && other.busy() && (!other.seen || other.formed.Before(l.formed))
	})
}

// ungate lets the lanes that were taken aside look again.
func (q *queue) ungate(c *callback) {
	for _, l := range c.gated {
		q.push(l)
	}
	c.gated = nil
}
