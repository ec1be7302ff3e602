package faultstore

import (
	"context"

	"github.com/pollwright/pollwright/engine/store"
)

// read plays a call that changes nothing.
func read[T any](s *Store, do func() (T, error)) (T, error) {
	switch s.draw(Call{}) {
	case Refused, Unknown:
		var none T
		return none, ErrFault
	case Slow:
		s.Wait()
	}
	return do()
}

// Get implements store.Store, as the others here do.
func (s *Store) Get(ctx context.Context, keys ...store.Key) ([]store.Record, error) {
	return read(s, func() ([]store.Record, error) { return s.Store.Get(ctx, keys...) })
}

func (s *Store) Scan(ctx context.Context, p store.Partition, prefix string, after store.Key, n int) ([]store.Record, error) {
	return read(s, func() ([]store.Record, error) { return s.Store.Scan(ctx, p, prefix, after, n) })
}

func (s *Store) Find(ctx context.Context, t store.Term, after store.Key, n int) ([]store.Key, error) {
	return read(s, func() ([]store.Key, error) { return s.Store.Find(ctx, t, after, n) })
}

func (s *Store) Chunks(ctx context.Context, k store.Key, after string, n int) ([]store.Chunk, error) {
	return read(s, func() ([]store.Chunk, error) { return s.Store.Chunks(ctx, k, after, n) })
}

func (s *Store) Outbox(ctx context.Context, l store.Lane, after store.Seq, n int) ([]store.Notification, error) {
	return read(s, func() ([]store.Notification, error) { return s.Store.Outbox(ctx, l, after, n) })
}

func (s *Store) Backlogs(ctx context.Context) ([]store.Backlog, error) {
	return read(s, func() ([]store.Backlog, error) { return s.Store.Backlogs(ctx) })
}

func (s *Store) Kept(ctx context.Context, instance string, before store.Seq, n int) ([]store.Kept, error) {
	return read(s, func() ([]store.Kept, error) { return s.Store.Kept(ctx, instance, before, n) })
}

func (s *Store) Recall(ctx context.Context, instance string, seq store.Seq) (store.Kept, error) {
	return read(s, func() (store.Kept, error) { return s.Store.Recall(ctx, instance, seq) })
}

func (s *Store) History(ctx context.Context, k store.Key, before string, n int) ([]store.Entry, error) {
	return read(s, func() ([]store.Entry, error) { return s.Store.History(ctx, k, before, n) })
}

// Forget erases; it is no Commit, and can be called again: one that failed is one that did not begin.
func (s *Store) Forget(ctx context.Context, instance string) error {
	_, err := read(s, func() (struct{}, error) { return struct{}{}, s.Store.Forget(ctx, instance) })
	return err
}
