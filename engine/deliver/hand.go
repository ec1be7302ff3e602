package deliver

import "github.com/pollwright/pollwright/engine/store"

// handRows is the most rows of a lane that are kept because they were handed over.
const handRows = 256

// hand takes in rows of one lane that were just committed, with what is in them: as far as there is room the lane need not read from the store
// what was written to it a moment ago. Those for which there is none are found there. It keeps the bytes of the rows.
func (q *queue) hand(rows []store.Notification, seqs []store.Seq) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.lane(rows[0].Lane, before(seqs[0]))
	n := 0
	if q.loaded && !l.callback.stopped() && l.follows(seqs) {
		n = q.room(l, rows)
	}
	for i, row := range rows[:n] {
		row.Seq = seqs[i]
		l.rows = append(l.rows, row)
		q.cached += len(row.Payload)
		l.size = len(row.Payload)
	}
	l.waiting += n
	if n > 0 && !l.seen {
		l.formed, l.seen = l.headFormed(), true
	}
	if n < len(rows) {
		q.tell(l, seqs[n], seqs[n:])
	}
}

// follows says whether these rows come right behind those that the lane has in memory: it knows of no others in the store. If others lie between
// whose wake is late, that wake makes it look again, as it does for a lane that has just begun.
func (l *lane) follows(seqs []store.Seq) bool {
	last := l.reached()
	for _, seq := range seqs {
		if seq <= last {
			return false
		}
		last = seq
	}
	return !l.more && !l.asked && !l.rewind
}

// room counts the first of these rows that may be kept. A lane has as many bytes as of rows that it reads ahead, and all handed rows half of
// the cache: the other half is for lanes that must read.
func (q *queue) room(l *lane, rows []store.Notification) int {
	size := 0
	for _, row := range l.rows {
		size += len(row.Payload)
	}
	cached := q.cached + q.reserved
	for i, row := range rows {
		size, cached = size+len(row.Payload), cached+len(row.Payload)
		if size > aheadBytes || cached > q.limit/2 || len(l.rows)+i >= handRows {
			return i
		}
	}
	return len(rows)
}
