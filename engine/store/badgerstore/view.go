package badgerstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/pollwright/pollwright/engine/store"
)

// view runs a read as of one moment: after every commit that has been answered, before every one that is not yet durable. (Badger makes
// it wait for the sync that is running.) fn must copy what it keeps, and not wait for anything: a long read keeps garbage alive.
func (s *Store) view(ctx context.Context, what string, fn func(*badger.Txn) error) error {
	leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	err = s.db.View(fn)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return fmt.Errorf("store %s: %s: %w", s.dir, what, err)
}

// get gives a row to fn, borrowed; without one, fn is not called.
func get(txn *badger.Txn, key []byte, fn func(row []byte) error) error {
	for try := 0; ; try++ {
		item, err := txn.Get(key)
		if errors.Is(err, badger.ErrKeyNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err = value(item, fn); !errors.Is(err, errUnreadable) || try == moves {
			return err
		}
	}
}

// moves is how often a row may be moved while it is being read: between the look for its place in the value log and the look there its file may
// have been rewritten and be gone, as nothing but an iterator holds it. The row has another place then.
const moves = 3

// errUnreadable says that a row is not where its key says. Badger 4.9.6 gives an empty row then, and no error (Item.yieldItemValue).
var errUnreadable = fmt.Errorf("%w: it cannot be read from the value log", errRow)

// value gives an item's row to fn, borrowed, and says which row it was if fn fails.
func value(item *badger.Item, fn func(row []byte) error) error {
	err := item.Value(func(row []byte) error {
		if len(row) == 0 { // none of ours is
			return errUnreadable
		}
		return fn(row)
	})
	if err != nil {
		return fmt.Errorf("key %q: %w", item.Key(), err)
	}
	return nil
}

// walk goes over the keys with a prefix, from the first that is not below from, until fn says stop.
func walk(ctx context.Context, txn *badger.Txn, prefix, from []byte, fn func(*badger.Item) (more bool, err error)) error {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	for it.Seek(from); it.Valid(); it.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if more, err := fn(it.Item()); err != nil || !more {
			return err
		}
	}
	return nil
}

// walkKind goes over the rows of a kind in all partitions, from a key on, until fn says stop. A partition without one costs a seek at most.
func walkKind(ctx context.Context, txn *badger.Txn, kind byte, from []byte, fn func(*badger.Item) (more bool, err error)) error {
	end := head(store.Partitions, 0, 0)
	it := txn.NewIterator(badger.IteratorOptions{})
	defer it.Close()
	for it.Seek(from); it.Valid() && bytes.Compare(it.Item().Key(), end) < 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if key := it.Item().Key(); key[headLen-1] != kind {
			it.Seek(nextOf(kind, key))
			continue
		}
		if more, err := fn(it.Item()); err != nil || !more {
			return err
		}
		it.Next()
	}
	return nil
}

// checkRead is the part of a read that needs no store.
func checkRead(keys ...store.Key) error {
	for _, k := range keys {
		if err := k.Check(); err != nil {
			return err
		}
	}
	return nil
}
