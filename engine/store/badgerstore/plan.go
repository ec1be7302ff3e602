package badgerstore

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// plan is a change with its rows written out: all that can be done in the caller's goroutine, so that the committer has little to do.
// It shares no bytes with the change.
type plan struct {
	puts  []put
	emits []emit
	rows  []row // of side, drop and log
	erase []store.Drop
	err   error // why the change cannot be applied, whatever is stored
}

type put struct {
	key    store.Key
	expect store.Version
	terms  []store.Term
	row    []byte // nil = delete
}

type emit struct {
	lane          store.Lane
	pointer, kept []byte
}

// row is one key to be written; value nil deletes it.
type row struct {
	key, value []byte
	expires    uint64 // Unix seconds; 0 = never
}

func newPlan(c store.Change, now time.Time) plan {
	if err := c.Check(); err != nil {
		return plan{err: err}
	}
	var p plan
	for _, x := range c.Puts {
		p.puts = append(p.puts, newPut(x))
	}
	for _, n := range c.Emit {
		if len(n.Payload) > maxBody {
			return plan{err: store.ErrTooLarge}
		}
		p.emits = append(p.emits, emit{lane: n.Lane, pointer: pointerOf(n).row(), kept: keptRow(n)})
	}
	for _, x := range c.Side {
		p.rows = append(p.rows, newChunk(x))
	}
	for _, d := range c.Drop {
		p.rows = append(p.rows, row{key: laneKey(kindPointer, d.Lane, d.Seq)})
		if d.Erase {
			p.erase = append(p.erase, d)
		}
	}
	for _, e := range c.Log {
		p.rows = append(p.rows, newEntry(e, now))
	}
	return p
}

func newPut(p store.Put) put {
	out := put{key: p.Key, expect: p.Expect}
	if p.Value == nil {
		return out
	}
	out.terms = inOrder(p.Index)
	out.row = record{version: p.Expect + 1, terms: out.terms, body: p.Value}.row()
	return out
}

func newChunk(c store.Chunk) row {
	r := row{key: chunkKey(c.Key, c.ID)}
	if c.Value != nil {
		r.value = plainRow(c.Value)
	}
	return r
}

// newEntry gives the row a life in Badger as long as the entry's, by Badger's own clock and rounded up: Badger then drops it some time.
// What is left out of a read before that is decided by the store's clock and the exact time in the row.
func newEntry(e store.Entry, now time.Time) row {
	r := row{key: entryKey(e.Key, e.ID)}
	if e.Expires.IsZero() {
		r.value = entryRow(time.Time{}, e.Value)
		return r
	}
	end := e.Expires.Add(time.Millisecond - 1).Truncate(time.Millisecond)
	if !end.After(now) {
		return r // it ended before it was written; an older row of its id goes
	}
	r.value = entryRow(end, e.Value)
	r.expires = uint64(max(1, time.Now().Add(end.Sub(now)).Unix()+2))
	return r
}

// inOrder sorts terms and drops repeated ones.
func inOrder(terms []store.Term) []store.Term {
	out := slices.Clone(terms)
	slices.SortFunc(out, func(a, b store.Term) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value))
	})
	return slices.Compact(out)
}

// bulk is how much of a transaction rows take.
type bulk struct{ bytes, rows int64 }

// perRow is more than what Badger adds to a row when it measures a transaction (12 bytes).
const perRow = 16

func (b bulk) plus(key, value int) bulk {
	return bulk{bytes: b.bytes + int64(key+value) + perRow, rows: b.rows + 1}
}

func (b bulk) sum(o bulk) bulk { return bulk{bytes: b.bytes + o.bytes, rows: b.rows + o.rows} }

func (b bulk) within(limit bulk) bool { return b.bytes <= limit.bytes && b.rows <= limit.rows }
