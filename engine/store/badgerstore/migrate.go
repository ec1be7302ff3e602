package badgerstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"
	"github.com/klauspost/compress/s2"

	"github.com/pollwright/pollwright/engine/store"
)

// movingRow is there while a folder is brought from version 1 of the layout to 2. The layout is 2 from the first step on, so that a program
// which knows version 1 only refuses a folder that was moved by half.
const movingRow = "moving"

// Of one transaction of a migration. A row that Badger does not keep apart is 1 MiB at most, so that one more always fits.
const (
	moveRows  = 500
	moveBytes = 512 << 10
)

// migrate moves the notifications of layout 1 to layout 2, a transaction at a time. Each is moved whole, so a kill at any moment leaves
// pointers of the old version, and the next call goes on with them.
func migrate(db *badger.DB) error {
	for at := head(0, kindPointer, 0); at != nil; {
		txn := db.NewTransaction(true)
		next, err := moveSome(txn, at)
		if err == nil {
			err = txn.Commit()
		}
		txn.Discard()
		if err != nil {
			return fmt.Errorf("move to layout %d: %w", layoutVersion, err)
		}
		at = next
	}
	return db.Update(func(txn *badger.Txn) error { return txn.Delete(ownKey(movingRow)) })
}

// moveSome moves what one transaction holds, and tells where to go on: nil = all is done.
func moveSome(txn *badger.Txn, from []byte) (next []byte, err error) {
	pointers, next, err := oldPointers(txn, from)
	for _, p := range pointers {
		if err == nil {
			err = p.move(txn)
		}
	}
	return next, err
}

// oldPointer is one, as far as it is known before its payload is read.
type oldPointer struct {
	lane store.Lane
	seq  store.Seq
	kept kept
}

// oldPointers reads the next ones.
func oldPointers(txn *badger.Txn, from []byte) (out []oldPointer, next []byte, err error) {
	size := 0
	err = walkKind(context.Background(), txn, kindPointer, from, func(item *badger.Item) (more bool, err error) {
		if len(out) >= moveRows || size >= moveBytes {
			next = item.KeyCopy(nil)
			return false, nil
		}
		p := oldPointer{}
		var ok bool
		if p.lane, p.seq, ok = laneOf(item.Key()); !ok {
			return false, fmt.Errorf("key %q: %w: not the key of a pointer", item.Key(), errRow)
		}
		err = value(item, func(row []byte) (err error) {
			if len(row) > 0 && row[0] == noteVersion { // moved before a kill
				return nil
			}
			p.kept.lane = p.lane.Number
			p.kept.id, p.kept.meta, err = readPointer1(row)
			return err
		})
		if err == nil && p.kept.id != "" {
			out = append(out, p)
			var length int
			length, err = p.length(txn)
			size += length
		}
		return true, err
	})
	return out, next, err
}

// length is about what the notification takes of a transaction.
func (p oldPointer) length(txn *badger.Txn) (int, error) {
	item, err := txn.Get(laneKey(kindPayload, p.lane, p.seq))
	if err != nil {
		return 0, fmt.Errorf("payload of %q: %w", p.kept.id, err)
	}
	return int(item.ValueSize()) + len(p.kept.meta) + 2*len(p.lane.Instance), nil
}

// move writes the new rows. The payload is taken over as it is, compressed or not. How many events it tells the old rows did not say.
func (p oldPointer) move(txn *badger.Txn) error {
	old := laneKey(kindPayload, p.lane, p.seq)
	var row []byte
	err := get(txn, old, func(payload []byte) (err error) {
		d := decode(payload)
		if p.kept.bytes = len(d.rest); d.flags&flagS2 != 0 {
			p.kept.bytes, err = s2.DecodedLen(d.rest)
		}
		row = p.kept.head(len(d.rest))
		row[1] = d.flags
		row = append(row, d.rest...)
		return errors.Join(err, d.err)
	})
	if err != nil {
		return err
	}
	return errors.Join(
		txn.Set(keptKey(p.lane.Instance, p.seq), row),
		txn.Set(laneKey(kindPointer, p.lane, p.seq), pointer{bytes: p.kept.bytes}.row()),
		txn.Delete(old),
	)
}

// readPointer1 reads a pointer of version 1: id (length as uvarint, bytes), body = meta.
func readPointer1(row []byte) (id string, meta []byte, err error) {
	d := decode(row)
	return d.text(), d.body(), d.err
}
