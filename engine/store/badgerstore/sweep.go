package badgerstore

import (
	"bytes"
	"context"
	"errors"

	"github.com/dgraph-io/badger/v4"

	"github.com/pollwright/pollwright/engine/store"
)

// Of one step of a sweep. A step reads as of one moment and deletes in one request, so that neither a long read keeps garbage alive nor a
// long transaction holds up the commits of others.
const (
	stepRows = 500
	stepKeys = 5000
)

// span is a range of keys. Of the kept rows in it that do not wait, a sweep deletes those with a number below before.
type span struct {
	from, to []byte
	before   store.Seq
}

// clear deletes the kept rows of a span that do not wait, in steps, and tells how many. A row that does not wait never will again, so
// what a step has read is still true when it deletes.
func (s *Store) clear(ctx context.Context, in span) (gone int, err error) {
	for in.from != nil {
		var rows []row
		if rows, in.from, err = s.dropped(ctx, in); err != nil {
			return gone, err
		}
		if err = s.write(ctx, rows); err != nil {
			return gone, err
		}
		gone += len(rows)
	}
	return gone, nil
}

// dropped lists the deletions of one step, and where the next one begins: nil = there is none.
func (s *Store) dropped(ctx context.Context, in span) (rows []row, next []byte, err error) {
	err = s.view(ctx, "sweep", func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{})
		defer it.Close()
		it.Seek(in.from)
		for n := 0; it.Valid() && bytes.Compare(it.Item().Key(), in.to) < 0; n++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			if n >= stepKeys || len(rows) >= stepRows {
				next = it.Item().KeyCopy(nil)
				return nil
			}
			drop, to, err := in.look(txn, it.Item())
			switch {
			case errors.Is(err, errRow): // a damaged row stays, and holds up no other
				s.log.Info("row passed over", "err", err)
			case err != nil:
				return err
			case drop:
				rows = append(rows, row{key: it.Item().KeyCopy(nil)})
			}
			if to != nil {
				it.Seek(to)
			} else {
				it.Next()
			}
		}
		return nil
	})
	return rows, next, err
}

// look judges one key: whether to drop it, and where to go on (nil = at the next). Keys come in the order of instances and numbers: behind
// the first number that is not below before, an instance has nothing more to look at.
func (in span) look(txn *badger.Txn, item *badger.Item) (drop bool, to []byte, err error) {
	key := item.Key()
	if key[headLen-1] != kindKept {
		return false, nextOf(kindKept, key), nil
	}
	instance, seq, ok := keptOf(key)
	if ok && seq >= in.before {
		return false, keptEnd(instance), nil
	}
	k, err := listed(txn, item)
	return !k.Waiting, nil, err
}

// sweep deletes what was dropped and is older than the retention.
func (s *Store) sweep(ctx context.Context) (gone int, err error) {
	old := store.SeqAt(s.now().Add(-s.history))
	return s.clear(ctx, span{from: head(0, kindKept, 0), to: head(store.Partitions, 0, 0), before: old})
}
