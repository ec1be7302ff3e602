package schedule

import "slices"

// group is what is known of an instance while a poll of it runs or waits for a worker.
type group struct {
	ready   []*entry // due and waiting, earliest due first
	running int32
	queued  bool // in turns
}

// pop takes the first ready entry.
func (g *group) pop() *entry {
	e := g.ready[0]
	g.ready[0] = nil
	g.ready = g.ready[1:]
	if len(g.ready) == 0 {
		g.ready = nil
	}
	return e
}

// leave takes an entry out of the ready list.
func (g *group) leave(e *entry) {
	if i := slices.Index(g.ready, e); i >= 0 {
		if g.ready = slices.Delete(g.ready, i, i+1); len(g.ready) == 0 {
			g.ready = nil
		}
	}
}

// turns is the queue of instances that wait for a worker. A group that has become unable to use its turn is dropped when the turn
// comes, not searched for.
type turns struct {
	queue []*group
	limit int32 // polls of one group at once
}

func (t *turns) able(g *group) bool { return len(g.ready) > 0 && g.running < t.limit }

// join puts a group at the end of the queue if it can use a turn and has none.
func (t *turns) join(g *group) {
	if !g.queued && t.able(g) {
		g.queued = true
		t.queue = append(t.queue, g)
	}
}

// next takes the entry whose turn it is, and puts its group at the end again if it can use another turn; nil if nobody waits.
func (t *turns) next() *entry {
	for len(t.queue) > 0 {
		g := t.queue[0]
		t.queue[0] = nil
		t.queue = t.queue[1:]
		g.queued = false
		if !t.able(g) {
			continue
		}
		e := g.pop()
		e.state = running
		g.running++
		t.join(g)
		return e
	}
	t.queue = nil
	return nil
}
