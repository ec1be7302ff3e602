package badgerstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/dgraph-io/badger/v4"

	"github.com/pollwright/pollwright/engine/store"
)

// Kept implements store.Store.
func (s *Store) Kept(ctx context.Context, instance string, before store.Seq, n int) ([]store.Kept, error) {
	out := []store.Kept{}
	err := s.view(ctx, "kept", func(txn *badger.Txn) error {
		if err := (store.Lane{Instance: instance}).Check(); err != nil || n <= 0 {
			return err
		}
		from := ""
		if before > 0 {
			from = string(binary.BigEndian.AppendUint64(nil, uint64(before)))
		}
		return backwards(ctx, txn, keptPrefix(instance), from, func(item *badger.Item, _ string) (bool, error) {
			k, err := listed(txn, item)
			out = append(out, k)
			return len(out) < n, err
		})
	})
	return settle(out, err)
}

// listed is a kept row without its payload.
func listed(txn *badger.Txn, item *badger.Item) (out store.Kept, err error) {
	instance, seq, ok := keptOf(item.Key())
	if !ok {
		return out, fmt.Errorf("key %q: %w: not the key of a notification", item.Key(), errRow)
	}
	err = value(item, func(row []byte) error {
		k, err := readKeptHead(row)
		out.Notification = k.notification(instance, seq)
		return err
	})
	if err == nil {
		out.Waiting, err = hasPointer(txn, out.Lane, seq)
	}
	return out, err
}

// hasPointer tells whether a notification has its pointer.
func hasPointer(txn *badger.Txn, l store.Lane, seq store.Seq) (bool, error) {
	_, err := txn.Get(laneKey(kindPointer, l, seq))
	if errors.Is(err, badger.ErrKeyNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Recall implements store.Store.
func (s *Store) Recall(ctx context.Context, instance string, seq store.Seq) (store.Kept, error) {
	var out store.Kept
	err := s.view(ctx, "recall", func(txn *badger.Txn) (err error) {
		if err := (store.Lane{Instance: instance}).Check(); err != nil {
			return err
		}
		if out.Notification, err = recall(txn, keptKey(instance, seq)); err != nil || out.ID == "" {
			return err
		}
		out.Waiting, err = hasPointer(txn, out.Lane, seq)
		return err
	})
	if err != nil {
		return store.Kept{}, err
	}
	return out, nil
}

// recall reads a notification; one that is not there has no ID.
func recall(txn *badger.Txn, key []byte) (n store.Notification, err error) {
	instance, seq, _ := keptOf(key)
	err = get(txn, key, func(row []byte) error {
		k, payload, err := readKept(row)
		n = k.notification(instance, seq)
		n.Payload = payload
		return err
	})
	return n, err
}

// Forget implements store.Store.
func (s *Store) Forget(ctx context.Context, instance string) error {
	if err := (store.Lane{Instance: instance}).Check(); err != nil {
		return fmt.Errorf("store %s: forget: %w", s.dir, err)
	}
	_, err := s.clear(ctx, span{from: keptPrefix(instance), to: keptEnd(instance), before: math.MaxUint64})
	return err
}
