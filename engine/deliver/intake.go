package deliver

import "github.com/pollwright/pollwright/engine/store"

// load takes in what waited in the store at the start.
func (q *queue) load(backlogs []store.Backlog) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, b := range backlogs {
		l := q.lane(b.Lane, before(b.First))
		l.after = min(l.after, before(b.First))
		l.waiting = max(l.waiting, b.Count)
		l.more, l.old = true, true
	}
	q.loaded = true
}

// wake takes in rows that were just committed. None named means: some, unknown which.
func (q *queue) wake(key store.Lane, seqs []store.Seq) {
	first := store.Seq(1)
	for i, seq := range seqs {
		if i == 0 || seq < first {
			first = seq
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.tell(q.lane(key, before(first)), first, seqs)
}

// tell lets a lane look for rows, the first of which is named.
func (q *queue) tell(l *lane, first store.Seq, seqs []store.Seq) {
	l.waiting += len(seqs)
	if first <= l.reached() && !l.hasRead(seqs) {
		// The lane has gone past it: most likely the row was sent before this call came. The store knows.
		l.lookAt(before(first))
	}
	l.more = true
	if l.state == parked {
		q.unset(&l.alarm)
		q.push(l)
	}
}

// lane finds or begins a lane. A new one is ready at once.
func (q *queue) lane(key store.Lane, after store.Seq) *lane {
	l, known := q.lanes[key]
	if !known {
		l = &lane{key: key, callback: q.callback(key.Instance), after: after, size: guessBytes}
		l.alarm.ring = func() { q.push(l) }
		q.lanes[key] = l
		l.callback.lanes = append(l.callback.lanes, l)
		q.push(l)
	}
	return l
}

// refresh makes the callback of an instance and its lanes forget their troubles.
func (q *queue) refresh(instance string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c, known := q.callbacks[instance]
	if !known {
		return
	}
	recalled := q.recall(c)
	q.recover(c)
	for _, l := range c.lanes {
		if l.state == held {
			l.again = true
			continue
		}
		l.forgive()
		if l.alarm.set() {
			q.unset(&l.alarm)
			q.push(l)
		}
	}
	for _, l := range recalled {
		q.push(l)
	}
}
