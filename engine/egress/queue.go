package egress

import "slices"

// othersTurn is how often a turn is given to the last in line, so that nobody waits for ever.
const othersTurn = 10

// queue is who waits for a limiter: by priority, then in turns by whose requests they are, then in order.
type queue struct {
	lines [3]line // by rank
	n     int
	turns int
}

// line is those of one priority.
type line struct {
	whose []string // in the order of their turns
	wait  map[string][]*waiter
	n     int
}

type waiter struct {
	turn  chan struct{} // closed when it has come
	rank  int
	whose string
}

// rank is a priority's place in line.
func (p Priority) rank() int {
	switch p {
	case Now:
		return 0
	case Backfill:
		return 2
	}
	return 1
}

func (q *queue) len() int { return q.n }

// ahead is about how many have their turn before one that comes now.
func (q *queue) ahead(p Priority, whose string) (n int) {
	rank := p.rank()
	for r := range rank {
		n += q.lines[r].n
	}
	own := len(q.lines[rank].wait[whose])
	for other, waiting := range q.lines[rank].wait {
		if other != whose {
			n += min(len(waiting), own+1)
		}
	}
	return n + own
}

func (q *queue) add(p Priority, whose string) *waiter {
	w := &waiter{make(chan struct{}), p.rank(), whose}
	l := &q.lines[w.rank]
	if l.wait == nil {
		l.wait = map[string][]*waiter{}
	}
	if len(l.wait[whose]) == 0 {
		l.whose = append(l.whose, whose)
	}
	l.wait[whose] = append(l.wait[whose], w)
	l.n++
	q.n++
	return w
}

// next takes out whose turn it is; there must be one.
func (q *queue) next() *waiter {
	q.turns++
	ranks := []int{0, 1, 2}
	if q.turns%othersTurn == 0 {
		slices.Reverse(ranks)
	}
	for _, rank := range ranks {
		if l := &q.lines[rank]; l.n > 0 {
			q.n--
			return l.next()
		}
	}
	return nil
}

// next takes the first of whose turn it is, who then goes to the end of the line.
func (l *line) next() *waiter {
	whose := l.whose[0]
	l.whose = l.whose[1:]
	own := l.wait[whose]
	l.n--
	if len(own) == 1 {
		delete(l.wait, whose)
	} else {
		l.wait[whose] = own[1:]
		l.whose = append(l.whose, whose)
	}
	return own[0]
}

// remove takes out one who gave up; false if its turn has come.
func (q *queue) remove(w *waiter) bool {
	l := &q.lines[w.rank]
	i := slices.Index(l.wait[w.whose], w)
	if i < 0 {
		return false
	}
	l.wait[w.whose] = slices.Delete(l.wait[w.whose], i, i+1)
	if len(l.wait[w.whose]) == 0 {
		delete(l.wait, w.whose)
		at := slices.Index(l.whose, w.whose)
		l.whose = slices.Delete(l.whose, at, at+1)
	}
	l.n--
	q.n--
	return true
}
