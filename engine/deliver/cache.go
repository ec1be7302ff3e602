package deliver

import (
	"slices"

	"github.com/pollwright/pollwright/engine/store"
)

// peek is the first row of a held lane, if it has been read and nothing earlier may wait.
func (q *queue) peek(l *lane) (store.Notification, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if l.rewind || len(l.rows) == 0 {
		return store.Notification{}, false
	}
	return l.rows[0], true
}

// rows are those of a held lane in memory.
func (q *queue) rows(l *lane) []store.Notification {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(l.rows)
}

// plan says what to read next of a held lane: n rows behind after, as many as there is room for, and one in any case. The room is kept for them:
// what is read and then let go would be read again. Lanes that stand in line have half of the cache.
func (q *queue) plan(l *lane) (after store.Seq, n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.release(l)
	if l.rewind {
		l.after, l.rewind = l.from, false
	}
	// A wake during the read sets it again.
	l.more, l.asked = false, true
	size, room := max(l.size, 1), q.limit-q.cached-q.reserved
	if q.inLine(l) {
		room -= q.limit / 2
	}
	n = max(min(aheadBytes/size, room/size, aheadRows), 1)
	l.reserved = n * size
	q.reserved += l.reserved
	return l.after, n
}

// unreserve ends a plan.
func (q *queue) unreserve(l *lane) {
	l.asked = false
	q.reserved -= l.reserved
	l.reserved = 0
}

// unread takes back a plan that could not be carried out.
func (q *queue) unread(l *lane) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.unreserve(l)
	l.more = true
}

// keep takes in the rows of a plan of n, as many as the cache has room for and always one.
func (q *queue) keep(l *lane, rows []store.Notification, n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.unreserve(l)
	complete := len(rows) < n && !l.more
	if len(rows) == n {
		l.more = true
	}
	if complete {
		l.waiting = len(rows)
	}
	for i, row := range rows {
		if i > 0 && q.cached+len(row.Payload) > q.limit {
			rows, l.more = rows[:i:i], true
			break
		}
		q.cached += len(row.Payload)
		l.size = len(row.Payload)
	}
	l.rows = rows
	l.waiting = max(l.waiting, len(rows))
	l.formed, l.seen = l.headFormed(), len(rows) > 0
	q.ungate(l.callback)
}

// dropped moves a held lane behind n rows, the last of which is `last`: they are dropped in the store.
func (q *queue) dropped(l *lane, last store.Seq, n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(l.rows) > 0 && l.rows[0].Seq <= last {
		q.cached -= len(l.rows[0].Payload)
		l.rows[0] = store.Notification{}
		l.rows = l.rows[1:]
	}
	l.after = last
	l.waiting = max(l.waiting-n, len(l.rows))
	l.formed, l.seen = l.headFormed(), len(l.rows) > 0
	l.holder = holder{}
	q.ungate(l.callback)
}

// crowded says whether there is hardly room to hand over more rows (queue.room) and some of those in memory are of this instance. A callback in
// trouble keeps none there.
func (q *queue) crowded(instance string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.cached+q.reserved <= q.limit*3/8 {
		return false
	}
	c := q.callbacks[instance]
	return c != nil && slices.ContainsFunc(c.lanes, func(l *lane) bool { return len(l.rows) > 0 })
}

// release lets go of the rows in memory; they are read again when they are needed.
func (q *queue) release(l *lane) {
	for _, row := range l.rows {
		q.cached -= len(row.Payload)
	}
	if len(l.rows) > 0 {
		l.rows, l.more = nil, true
	}
}
