package badgerstore

import (
	"bytes"
	"context"

	"github.com/dgraph-io/badger/v4"

	"github.com/pollwright/pollwright/engine/store"
)

// History implements store.Store.
func (s *Store) History(ctx context.Context, k store.Key, before string, n int) ([]store.Entry, error) {
	out := []store.Entry{}
	now := s.now()
	err := s.view(ctx, "history", func(txn *badger.Txn) error {
		if err := checkRead(k); err != nil || n <= 0 {
			return err
		}
		return backwards(ctx, txn, entryKey(k, ""), before, func(item *badger.Item, id string) (bool, error) {
			e := store.Entry{Key: k, ID: id}
			err := value(item, func(row []byte) (err error) {
				e.Expires, e.Value, err = readEntry(row)
				return err
			})
			if err == nil && (e.Expires.IsZero() || e.Expires.After(now)) {
				out = append(out, e)
			}
			return len(out) < n, err
		})
	})
	return settle(out, err)
}

// backwards goes over the ids behind a prefix from the greatest below before ("" = from the greatest).
func backwards(ctx context.Context, txn *badger.Txn, prefix []byte, before string, fn func(*badger.Item, string) (more bool, err error)) error {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix, Reverse: true})
	defer it.Close()
	for it.Seek(bound(prefix, before)); it.Valid(); it.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		id := string(it.Item().Key()[len(prefix):])
		if id == before { // a seek goes to the key or what is below it
			continue
		}
		if more, err := fn(it.Item(), id); err != nil || !more {
			return err
		}
	}
	return nil
}

// bound is the key to begin at, going down. The prefix ends with a zero byte; behind all its ids is that byte raised to 1, which is no
// key of this kind: every one has its zero byte.
func bound(prefix []byte, before string) []byte {
	if before != "" {
		return append(bytes.Clone(prefix), before...)
	}
	b := bytes.Clone(prefix)
	b[len(b)-1] = 1
	return b
}
