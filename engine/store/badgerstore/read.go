package badgerstore

import (
	"bytes"
	"context"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/pollwright/pollwright/engine/store"
)

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, keys ...store.Key) ([]store.Record, error) {
	out := make([]store.Record, 0, len(keys))
	err := s.view(ctx, "get", func(txn *badger.Txn) error {
		if err := checkRead(keys...); err != nil {
			return err
		}
		for _, k := range keys {
			r := store.Record{Key: k}
			err := get(txn, recordKey(k), func(row []byte) error { return fill(&r, row) })
			if err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			out = append(out, r)
		}
		return nil
	})
	return settle(out, err)
}

// Scan implements store.Store.
func (s *Store) Scan(ctx context.Context, p store.Partition, prefix string, after store.Key, n int) ([]store.Record, error) {
	out := []store.Record{}
	err := s.view(ctx, "scan", func(txn *badger.Txn) error {
		if after.Name != "" && after.Partition != p {
			return fmt.Errorf("%w: scan of partition %d after a key of partition %d", store.ErrInvalid, p, after.Partition)
		}
		if n <= 0 {
			return nil
		}
		from := recordKey(store.Key{Partition: p, Name: prefix})
		start := from
		if after.Name != "" {
			start = later(from, next(recordKey(after)))
		}
		return walk(ctx, txn, from, start, func(item *badger.Item) (bool, error) {
			r := store.Record{Key: store.Key{Partition: p, Name: string(item.Key()[headLen:])}}
			err := value(item, func(row []byte) error { return fill(&r, row) })
			out = append(out, r)
			return len(out) < n, err
		})
	})
	return settle(out, err)
}

// Find implements store.Store.
func (s *Store) Find(ctx context.Context, t store.Term, after store.Key, n int) ([]store.Key, error) {
	out := []store.Key{}
	err := s.view(ctx, "find", func(txn *badger.Txn) error {
		if err := t.Check(); err != nil || n <= 0 {
			return err
		}
		prefix := termPrefix(t, 0)
		start := prefix
		if after != (store.Key{}) {
			start = next(termKey(t, after))
		}
		return walk(ctx, txn, prefix, start, func(item *badger.Item) (bool, error) {
			out = append(out, keyOfTerm(item.Key()[len(prefix):]))
			return len(out) < n, nil
		})
	})
	return settle(out, err)
}

// Chunks implements store.Store.
func (s *Store) Chunks(ctx context.Context, k store.Key, after string, n int) ([]store.Chunk, error) {
	out := []store.Chunk{}
	err := s.view(ctx, "chunks", func(txn *badger.Txn) error {
		if err := checkRead(k); err != nil || n <= 0 {
			return err
		}
		prefix := chunkKey(k, "")
		return walk(ctx, txn, prefix, next(chunkKey(k, after)), func(item *badger.Item) (bool, error) {
			c := store.Chunk{Key: k, ID: string(item.Key()[len(prefix):])}
			err := value(item, func(row []byte) (err error) {
				c.Value, err = readPlain(row)
				return err
			})
			out = append(out, c)
			return len(out) < n, err
		})
	})
	return settle(out, err)
}

// fill completes a record from its row.
func fill(r *store.Record, row []byte) error {
	stored, err := readRecord(row)
	r.Version, r.Value = stored.version, stored.body
	return err
}

// settle gives a whole answer or none.
func settle[T any](out []T, err error) ([]T, error) {
	if err != nil {
		return nil, err
	}
	return out, nil
}

func later(a, b []byte) []byte {
	if bytes.Compare(a, b) < 0 {
		return b
	}
	return a
}
