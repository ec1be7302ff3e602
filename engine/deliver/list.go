package deliver

import (
	"context"
	"fmt"

	"github.com/pollwright/pollwright/engine/store"
)

// How much one call of List or Changes reads at most: rows, and logs of attempts. Then it returns what it has found, and where to go on.
const (
	scanRows  = 10_000
	scanFates = 1000
	scanStep  = 256
)

// Query says which notifications List returns.
type Query struct {
	Filter
	Before store.Seq // those stored before that one; 0 = from the newest
	N      int       // at most so many
	Paused bool      // the instance's callback is paused
}

// Listed is a notification that the store keeps, with what is known of it. It has no payload; see store.Store.Recall.
type Listed struct {
	store.Kept
	Meta Meta
	Fate Fate
}

// List reads notifications of an instance, newest first, as long as the store keeps them. next is the Before of the next page, 0 if there
// is none. A call that has looked at scanRows in vain ends, so that a filter which nothing passes cannot hold the store: a page may be
// short, even empty, and have a next one.
func List(ctx context.Context, s store.Store, instance string, q Query) (rows []Listed, next store.Seq, err error) {
	fates := 0
	next, err = walk(ctx, s, instance, q.Filter, q.Before, func(k store.Kept, m Meta) (more bool, err error) {
		if !q.knows(k, m) {
			return true, nil
		}
		if len(rows) == q.N && !q.asksFate() { // there is a next page
			return false, nil
		}
		fates++
		fate, err := FateOf(ctx, s, k, q.Paused)
		if err != nil {
			return false, err
		}
		if q.wants(fate) {
			if len(rows) == q.N {
				return false, nil
			}
			rows = append(rows, Listed{k, m, fate})
		}
		return fates < scanFates, nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list notifications: %w", err)
	}
	if next > 0 && len(rows) == q.N {
		next = rows[q.N-1].Seq
	}
	return rows, next, nil
}

// walk shows the kept notifications of an instance to visit, newest first, until that wants no more or scanRows were seen. next is the
// last one seen then, 0 after all of them.
func walk(ctx context.Context, s store.Store, instance string, f Filter, before store.Seq, visit func(store.Kept, Meta) (more bool, err error)) (next store.Seq, err error) {
	first, end, none := f.span()
	if none {
		return 0, nil
	}
	if end > 0 && (before == 0 || end < before) {
		before = end
	}
	for seen := 0; seen < scanRows; {
		rows, err := s.Kept(ctx, instance, before, scanStep)
		if err != nil {
			return 0, err
		}
		for _, k := range rows {
			if k.Seq < first {
				return 0, nil
			}
			meta, _ := ReadMeta(k.Meta) // one that cannot be read is listed without
			seen++
			before = k.Seq
			if more, err := visit(k, meta); err != nil || !more {
				return before, err
			}
		}
		if len(rows) < scanStep {
			return 0, nil
		}
	}
	return before, nil
}
