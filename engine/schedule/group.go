package schedule

import (
	"cmp"
	"slices"
	"unique"
)

// group is all that is known of one instance. It exists as long as it has entries, removed ones that still run among them.
type group struct {
	instance string
	entries  []*entry // sorted by resource
	ready    []*entry // due and waiting, earliest due first
	running  int32
	queued   bool // in turns
}

func (g *group) search(resource string) (int, bool) {
	return slices.BinarySearchFunc(g.entries, resource, func(e *entry, r string) int { return cmp.Compare(e.resource.Value(), r) })
}

// entry finds a resource, running entries that were removed included; nil if there is none. g may be nil.
func (g *group) entry(resource string) *entry {
	if g == nil {
		return nil
	}
	if i, ok := g.search(resource); ok {
		return g.entries[i]
	}
	return nil
}

func (g *group) insert(resource string) *entry {
	e := &entry{group: g, resource: unique.Make(resource)}
	i, _ := g.search(resource)
	if g.entries == nil {
		g.entries = []*entry{e} // capacity 1: most instances have few resources
		return e
	}
	g.entries = slices.Insert(g.entries, i, e)
	return e
}

func (g *group) forget(e *entry) {
	if i, ok := g.search(e.resource.Value()); ok {
		g.entries = slices.Delete(g.entries, i, i+1)
	}
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
