package badgerstore

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dgraph-io/badger/v4"

	"github.com/pollwright/pollwright/engine/store"
)

// Outbox implements store.Store. It walks over what was dropped before, too, until Badger has cleared it away: call it to fill a
// memory, not in place of one.
func (s *Store) Outbox(ctx context.Context, l store.Lane, after store.Seq, n int) ([]store.Notification, error) {
	out := []store.Notification{}
	err := s.view(ctx, "outbox", func(txn *badger.Txn) error {
		if err := l.Check(); err != nil || n <= 0 || after == math.MaxUint64 {
			return err
		}
		prefix := lanePrefix(kindPointer, l)
		return walk(ctx, txn, prefix, laneKey(kindPointer, l, after+1), func(item *badger.Item) (bool, error) {
			row, err := notification(txn, l, item)
			out = append(out, row)
			return len(out) < n, err
		})
	})
	return settle(out, err)
}

// notification joins the two rows of one.
func notification(txn *badger.Txn, l store.Lane, item *badger.Item) (store.Notification, error) {
	_, seq, _ := laneOf(item.Key())
	n := store.Notification{Lane: l, Seq: seq}
	err := value(item, func(row []byte) (err error) {
		n.ID, n.Meta, err = readPointer(row)
		return err
	})
	if err != nil {
		return n, err
	}
	key := laneKey(kindPayload, l, seq)
	err = get(txn, key, func(row []byte) (err error) {
		n.Payload, err = readPlain(row)
		return err
	})
	if err == nil && n.Payload == nil {
		err = fmt.Errorf("key %q: %w: the payload is missing", key, errRow)
	}
	return n, err
}

// Backlogs implements store.Store. Partitions without a pointer cost one seek at most.
func (s *Store) Backlogs(ctx context.Context) ([]store.Backlog, error) {
	found := map[store.Lane]store.Backlog{}
	err := s.view(ctx, "backlogs", func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{})
		defer it.Close()
		for it.Seek(head(0, kindPointer, 0)); it.Valid(); {
			if err := ctx.Err(); err != nil {
				return err
			}
			key := it.Item().Key()
			if key[headLen-1] != kindPointer {
				to, more := nextPointers(key)
				if !more {
					break
				}
				it.Seek(to)
				continue
			}
			if err := count(found, key); err != nil {
				return err
			}
			it.Next()
		}
		return nil
	})
	return settle(inOrderOfLanes(found), err)
}

// nextPointers is where the pointers may go on behind a key that is none; false = there are no more partitions.
func nextPointers(key []byte) ([]byte, bool) {
	p := store.Partition(uint16(key[0])<<8 | uint16(key[1]))
	if key[headLen-1] > kindPointer {
		p++
	}
	return head(p, kindPointer, 0), p < store.Partitions
}

func count(found map[store.Lane]store.Backlog, key []byte) error {
	l, seq, ok := laneOf(key)
	if !ok {
		return fmt.Errorf("key %q: %w: not the key of a pointer", key, errRow)
	}
	b, known := found[l]
	if !known {
		b = store.Backlog{Lane: l, First: seq}
	}
	b.Count++
	found[l] = b
	return nil
}

func inOrderOfLanes(found map[store.Lane]store.Backlog) []store.Backlog {
	out := make([]store.Backlog, 0, len(found))
	for _, b := range found {
		out = append(out, b)
	}
	slices.SortFunc(out, func(a, b store.Backlog) int {
		return cmp.Or(strings.Compare(a.Lane.Instance, b.Lane.Instance), cmp.Compare(a.Lane.Number, b.Lane.Number))
	})
	return out
}
