package memstore

import (
	"cmp"
	"context"
	"maps"

	"github.com/pollwright/pollwright/engine/store"
)

// Kept implements store.Store.
func (s *Store) Kept(ctx context.Context, instance string, before store.Seq, n int) ([]store.Kept, error) {
	unlock, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := (store.Lane{Instance: instance}).Check(); err != nil {
		return nil, err
	}
	newest := func(a, b store.Seq) int { return cmp.Compare(b, a) }
	seqs := first(maps.Keys(s.kept[instance]), n, newest, func(seq store.Seq) bool { return before == 0 || seq < before })
	out := make([]store.Kept, 0, len(seqs))
	for _, seq := range seqs {
		k := s.recall(instance, seq)
		k.Payload = nil
		out = append(out, k)
	}
	return out, nil
}

// Recall implements store.Store.
func (s *Store) Recall(ctx context.Context, instance string, seq store.Seq) (store.Kept, error) {
	unlock, err := s.enter(ctx)
	if err != nil {
		return store.Kept{}, err
	}
	defer unlock()
	if err := (store.Lane{Instance: instance}).Check(); err != nil {
		return store.Kept{}, err
	}
	if _, known := s.kept[instance][seq]; !known {
		return store.Kept{}, nil
	}
	return s.recall(instance, seq), nil
}

func (s *Store) recall(instance string, seq store.Seq) store.Kept {
	n := s.kept[instance][seq]
	n.Meta, n.Payload = clone(n.Meta), clone(n.Payload)
	_, waiting := s.lanes[n.Lane][seq]
	return store.Kept{Notification: n, Waiting: waiting}
}

// Forget implements store.Store.
func (s *Store) Forget(ctx context.Context, instance string) error {
	unlock, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := (store.Lane{Instance: instance}).Check(); err != nil {
		return err
	}
	for seq, n := range s.kept[instance] {
		if _, waiting := s.lanes[n.Lane][seq]; !waiting {
			delete(s.kept[instance], seq)
		}
	}
	return nil
}
