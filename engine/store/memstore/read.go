package memstore

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/pollwright/pollwright/engine/store"
)

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, keys ...store.Key) ([]store.Record, error) {
	unlock, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	out := make([]store.Record, 0, len(keys))
	for _, k := range keys {
		if err := k.Check(); err != nil {
			return nil, err
		}
		out = append(out, s.record(k))
	}
	return out, nil
}

// Scan implements store.Store.
func (s *Store) Scan(ctx context.Context, p store.Partition, prefix string, after store.Key, n int) ([]store.Record, error) {
	unlock, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if after.Name != "" && after.Partition != p {
		return nil, fmt.Errorf("%w: scan of partition %d after a key of partition %d", store.ErrInvalid, p, after.Partition)
	}
	keys := first(maps.Keys(s.records), n, byKey, func(k store.Key) bool {
		return k.Partition == p && strings.HasPrefix(k.Name, prefix) && k.Name > after.Name
	})
	out := make([]store.Record, 0, len(keys))
	for _, k := range keys {
		out = append(out, s.record(k))
	}
	return out, nil
}

// Find implements store.Store.
func (s *Store) Find(ctx context.Context, t store.Term, after store.Key, n int) ([]store.Key, error) {
	unlock, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := t.Check(); err != nil {
		return nil, err
	}
	return first(maps.Keys(s.records), n, byKey, func(k store.Key) bool {
		return byKey(k, after) > 0 && slices.Contains(s.records[k].terms, t)
	}), nil
}

// Chunks implements store.Store.
func (s *Store) Chunks(ctx context.Context, k store.Key, after string, n int) ([]store.Chunk, error) {
	unlock, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := k.Check(); err != nil {
		return nil, err
	}
	chunks := s.chunks[k]
	ids := first(maps.Keys(chunks), n, strings.Compare, func(id string) bool { return id > after })
	out := make([]store.Chunk, 0, len(ids))
	for _, id := range ids {
		out = append(out, store.Chunk{Key: k, ID: id, Value: clone(chunks[id])})
	}
	return out, nil
}

// History implements store.Store.
func (s *Store) History(ctx context.Context, k store.Key, before string, n int) ([]store.Entry, error) {
	unlock, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := k.Check(); err != nil {
		return nil, err
	}
	now, entries := s.now(), s.entries[k]
	newest := func(a, b string) int { return strings.Compare(b, a) }
	ids := first(maps.Keys(entries), n, newest, func(id string) bool {
		return (before == "" || id < before) && !expired(entries[id], now)
	})
	out := make([]store.Entry, 0, len(ids))
	for _, id := range ids {
		e := entries[id]
		e.Value = clone(e.Value)
		out = append(out, e)
	}
	return out, nil
}

func (s *Store) record(k store.Key) store.Record {
	r, ok := s.records[k]
	if !ok {
		return store.Record{Key: k}
	}
	return store.Record{Key: k, Version: r.version, Value: clone(r.value)}
}

func byKey(a, b store.Key) int {
	return cmp.Or(cmp.Compare(a.Partition, b.Partition), strings.Compare(a.Name, b.Name))
}

// first returns the n first of those that are wanted.
func first[T any](all iter.Seq[T], n int, order func(a, b T) int, wanted func(T) bool) []T {
	out := []T{}
	for v := range all {
		if wanted(v) {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, order)
	return out[:min(len(out), max(0, n))]
}
