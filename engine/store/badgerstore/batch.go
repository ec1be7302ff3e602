package badgerstore

import (
	"errors"
	"slices"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/pollwright/pollwright/engine/store"
)

// errFull says that a change fits into a transaction, but not into this one any more.
var errFull = errors.New("the group is full")

// batch is a transaction that gathers changes. Its reads see what it has gathered.
type batch struct {
	txn   *badger.Txn
	most  bulk
	group bulk
	size  bulk
	last  store.Seq
	clock store.Seq
	torn  error // a change was written in part: the batch must not be committed
}

func newBatch(txn *badger.Txn, most, group bulk, last store.Seq, now time.Time) *batch {
	return &batch{txn: txn, most: most, group: group, last: last, clock: store.Seq(max(0, now.UnixMicro()))}
}

// apply puts all rows of a change into the transaction, or none of them.
func (b *batch) apply(p plan) ([]store.Seq, error) {
	rows, err := b.resolve(p)
	if err != nil {
		return nil, err
	}
	size := measure(rows, p.emits)
	total := b.size.sum(size)
	switch {
	case !size.within(b.most):
		return nil, store.ErrTooLarge
	case b.size.rows > 0 && !total.within(b.group):
		return nil, errFull
	}
	b.size = total
	return b.write(rows, p.emits), nil
}

// resolve reads what is stored, compares the versions, and tells all rows but those of the emits.
func (b *batch) resolve(p plan) ([]row, error) {
	rows := p.rows[:len(p.rows):len(p.rows)]
	gone := []row{}
	for _, x := range p.puts {
		old, err := b.record(x.key)
		if err != nil {
			return nil, err
		}
		if old.version != x.expect { // Invariant 4: a stale writer cannot commit.
			return nil, store.ErrConflict
		}
		rows = append(rows, termRows(x.key, old.terms, x.terms)...)
		if x.row != nil || old.version > 0 {
			rows = append(rows, row{key: recordKey(x.key), value: x.row})
		}
		if x.row == nil && old.version > 0 {
			if gone, err = b.chunks(gone, x.key); err != nil {
				return nil, err
			}
		}
	}
	for _, d := range p.erase {
		key := keptKey(d.Lane.Instance, d.Seq)
		if ours, err := b.keeps(key, d.Lane); err != nil {
			return nil, err
		} else if ours {
			rows = append(rows, row{key: key})
		}
	}
	return append(gone, rows...), nil
}

// keeps tells whether a kept row is there and of a lane: the key does not say.
func (b *batch) keeps(key []byte, l store.Lane) (ours bool, err error) {
	err = get(b.txn, key, func(row []byte) error {
		k, err := readKeptHead(row)
		ours = k.lane == l.Number
		return err
	})
	return ours, err
}

// record reads what the record's row says, without its body.
func (b *batch) record(k store.Key) (r record, err error) {
	err = get(b.txn, recordKey(k), func(row []byte) error {
		r, err = readHead(row)
		return err
	})
	return r, err
}

// chunks lists the deletion of every chunk of a record.
func (b *batch) chunks(rows []row, k store.Key) ([]row, error) {
	prefix := chunkKey(k, "")
	it := b.txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	for it.Seek(prefix); it.Valid(); it.Next() {
		rows = append(rows, row{key: it.Item().KeyCopy(nil)})
		if int64(len(rows)) > b.most.rows {
			return nil, store.ErrTooLarge
		}
	}
	return rows, nil
}

func (b *batch) write(rows []row, emits []emit) []store.Seq {
	for _, r := range rows {
		b.set(r)
	}
	seqs := make([]store.Seq, 0, len(emits))
	for _, e := range emits {
		b.last = max(b.last+1, b.clock)
		seqs = append(seqs, b.last)
		b.set(row{key: laneKey(kindPointer, e.lane, b.last), value: e.pointer})
		b.set(row{key: keptKey(e.lane.Instance, b.last), value: e.kept})
	}
	return seqs
}

// set does not fail, since measure has looked before. If it does, the whole batch must not happen.
func (b *batch) set(r row) {
	if r.value == nil {
		b.torn = errors.Join(b.torn, b.txn.Delete(r.key))
		return
	}
	e := badger.NewEntry(r.key, r.value)
	e.ExpiresAt = r.expires
	b.torn = errors.Join(b.torn, b.txn.SetEntry(e))
}

// commit makes the batch durable. The last sequence number goes with it, so that none is given twice, whatever the clock does; and also if none
// was given, as the row that every commit has (see witness).
func (b *batch) commit() error {
	defer b.txn.Discard()
	if b.size.rows > 0 {
		b.set(row{key: ownKey(seqRow), value: numberRow(uint64(b.last))})
	}
	if b.torn != nil {
		return b.torn
	}
	return b.txn.Commit()
}

// measure tells how much of a transaction the rows take.
func measure(rows []row, emits []emit) bulk {
	var size bulk
	for _, r := range rows {
		size = size.plus(len(r.key), len(r.value))
	}
	for _, e := range emits {
		key := headLen + len(e.lane.Instance) + 1 + seqLen
		size = size.plus(key+laneLen, len(e.pointer)).plus(key, len(e.kept))
	}
	return size
}

// termRows are the rows that turn the old terms of a record into the new ones; both stand in order and once each.
func termRows(k store.Key, old, now []store.Term) []row {
	var rows []row
	for _, t := range old {
		if !slices.Contains(now, t) {
			rows = append(rows, row{key: termKey(t, k)})
		}
	}
	for _, t := range now {
		if !slices.Contains(old, t) {
			rows = append(rows, row{key: termKey(t, k), value: plainRow(nil)})
		}
	}
	return rows
}
