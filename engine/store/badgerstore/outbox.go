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
	key := keptKey(l.Instance, seq)
	n, err := recall(txn, key)
	if err == nil && n.Lane != l {
		err = fmt.Errorf("key %q: %w: of a notification that waits, it is missing or of another lane", key, errRow)
	}
	return n, err
}

// Backlogs implements store.Store. Partitions without a pointer cost one seek at most.
func (s *Store) Backlogs(ctx context.Context) ([]store.Backlog, error) {
	found := map[store.Lane]store.Backlog{}
	err := s.view(ctx, "backlogs", func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{})
		defer it.Close()
		return walkKind(ctx, txn, kindPointer, head(0, kindPointer, 0), func(item *badger.Item) (bool, error) {
			return true, value(item, func(row []byte) error { return count(found, item.Key(), row) })
		})
	})
	return settle(inOrderOfLanes(found), err)
}

func count(found map[store.Lane]store.Backlog, key, row []byte) error {
	l, seq, ok := laneOf(key)
	if !ok {
		return fmt.Errorf("%w: not the key of a pointer", errRow)
	}
	p, err := readPointer(row)
	if err != nil {
		return err
	}
	b, known := found[l]
	if !known {
		b = store.Backlog{Lane: l, First: seq}
	}
	b.Count++
	b.Events += p.events
	b.Bytes += int64(p.bytes)
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
