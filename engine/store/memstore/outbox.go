package memstore

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/pollwright/pollwright/engine/store"
)

// Outbox implements store.Store.
func (s *Store) Outbox(ctx context.Context, l store.Lane, after store.Seq, n int) ([]store.Notification, error) {
	unlock, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := l.Check(); err != nil {
		return nil, err
	}
	waiting := s.lanes[l]
	seqs := first(maps.Keys(waiting), n, cmp.Compare, func(seq store.Seq) bool { return seq > after })
	out := make([]store.Notification, 0, len(seqs))
	for _, seq := range seqs {
		row := waiting[seq]
		row.Meta, row.Payload = clone(row.Meta), clone(row.Payload)
		out = append(out, row)
	}
	return out, nil
}

// Backlogs implements store.Store.
func (s *Store) Backlogs(ctx context.Context) ([]store.Backlog, error) {
	unlock, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	out := []store.Backlog{}
	for l, waiting := range s.lanes {
		if len(waiting) == 0 {
			continue
		}
		b := store.Backlog{Lane: l, First: slices.Min(slices.Collect(maps.Keys(waiting))), Count: len(waiting)}
		for _, n := range waiting {
			b.Events += n.Events
			b.Bytes += int64(len(n.Payload))
		}
		out = append(out, b)
	}
	slices.SortFunc(out, func(a, b store.Backlog) int {
		return cmp.Or(strings.Compare(a.Lane.Instance, b.Lane.Instance), cmp.Compare(a.Lane.Number, b.Lane.Number))
	})
	return out, nil
}
