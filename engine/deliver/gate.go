package deliver

import "slices"

// gate takes a held lane aside if rows of another layout must go first. Invariant 8: after a change of the number of lanes, or of the
// order, an object's later events are in another lane than its earlier ones; so what was formed first goes first, over all layouts.
func (q *queue) gate(l *lane) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !l.later() {
		return false
	}
	q.vacate(l)
	q.release(l)
	l.state = gated
	l.callback.gated = append(l.callback.gated, l)
	q.retire(l)
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
	lanes := c.gated
	c.gated = nil
	for _, l := range lanes {
		q.push(l)
	}
}
