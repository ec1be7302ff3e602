package badgerstore

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/pollwright/pollwright/engine/store"
)

// TestFolderOfLayout1 opens a folder with the golden rows of version 1.
func TestFolderOfLayout1(t *testing.T) {
	t.Parallel()
	cfg := Config{Dir: t.TempDir(), Now: func() time.Time { return goldenExpires.Add(-time.Hour) }}
	keys, rows := goldenRows(t, goldenFile1)
	raw(t, cfg, func(db *badger.DB) {
		txn := db.NewTransaction(true)
		for _, name := range []string{"record", "chunk", "entry", "entry for ever", "term", "pointer", "payload, compressed", "own format", "own seq"} {
			if err := txn.Set(keys[name], rows[name]); err != nil {
				t.Fatal(err)
			}
		}
		if err := txn.Commit(); err != nil {
			t.Fatal(err)
		}
	})
	s := setup(t, cfg)
	want := store.Notification{Lane: goldenLane, Seq: goldenSeq, ID: "msg_1", Meta: []byte("meta"), Payload: goldenLong}
	for range 2 {
		got, err := s.Outbox(t.Context(), goldenLane, 0, 9)
		read(t, "outbox", []store.Notification{want}, got, err)
		backlogs, err := s.Backlogs(t.Context())
		read(t, "backlogs", []store.Backlog{{Lane: goldenLane, First: goldenSeq, Count: 1, Bytes: int64(len(goldenLong))}}, backlogs, err)
		k, err := s.Recall(t.Context(), goldenLane.Instance, goldenSeq)
		read(t, "recalled", store.Kept{Notification: want, Waiting: true}, k, err)
		records, err := s.Get(t.Context(), goldenKey)
		read(t, "record", []store.Record{{Key: goldenKey, Version: 300, Value: []byte("value")}}, records, err)
		found, err := s.Find(t.Context(), goldenTerms[0], store.Key{}, 9)
		read(t, "found", []store.Key{goldenKey}, found, err)
		entries, err := s.History(t.Context(), goldenKey, "", 9)
		read(t, "entries", 2, len(entries), err)
		s = reopen(t, s, cfg)
	}
	if o := commit(t, s, store.Change{Emit: []store.Notification{want}}); o.Seqs[0] <= goldenSeq {
		t.Fatalf("number %d, want one above %d", o.Seqs[0], goldenSeq)
	}
}

// TestMigrationGoesOnAfterAKill stops after each step of a migration, as a kill would, and opens in the end. Payloads are of all kinds: none,
// compressed, not compressible, of the value log.
func TestMigrationGoesOnAfterAKill(t *testing.T) {
	t.Parallel()
	cfg := Config{Dir: t.TempDir()}
	noise := make([]byte, large+1000)
	_, _ = rand.NewChaCha8([32]byte{4}).Read(noise)
	want := map[store.Lane][]store.Notification{}
	raw(t, cfg, func(db *badger.DB) {
		all := db.NewWriteBatch()
		if err := all.Set(ownKey(formatRow), numberRow(1)); err != nil {
			t.Fatal(err)
		}
		for i := range 1700 {
			n := store.Notification{
				Lane: store.Lane{Instance: fmt.Sprintf("i-%d", i%7), Number: uint16(i % 2)}, Seq: store.Seq(1000 + i), ID: fmt.Sprint(i),
				Meta: bytes.Repeat([]byte("m"), i), Payload: [][]byte{{}, goldenLong, noise[:40<<10], noise}[max(0, i%400-396)],
			}
			want[n.Lane] = append(want[n.Lane], n)
			putOld(t, all, n)
		}
		if err := all.Flush(); err != nil {
			t.Fatal(err)
		}
		at := head(0, kindPointer, 0)
		for step := 0; at != nil; step++ {
			txn := db.NewTransaction(true)
			if err := checkLayout(txn); err != nil {
				t.Fatal(err)
			}
			next, err := moveSome(txn, head(0, kindPointer, 0)) // from the start, like a new process
			if err == nil {
				err = txn.Commit()
			}
			if err != nil {
				t.Fatal(err)
			}
			if at = next; step == 1 {
				break // those behind are left to Open
			}
		}
		if at == nil {
			t.Fatal("all was moved in two steps")
		}
		_ = db.View(func(txn *badger.Txn) error {
			layout, err := number(txn, formatRow)
			read(t, "layout of a folder that is moved by half", uint64(layoutVersion), layout, err)
			return nil
		})
	})
	s := setup(t, cfg)
	for l, rows := range want {
		got, err := s.Outbox(t.Context(), l, 0, len(rows)+1)
		if err != nil || !reflect.DeepEqual(rows, got) { // cmp is slow on large payloads
			t.Fatalf("lane %v: %v, or rows differ", l, err)
		}
	}
	err := s.db.View(func(txn *badger.Txn) error {
		moving, err := number(txn, movingRow)
		read(t, "still moving", 0, moving, err)
		return walkKind(t.Context(), txn, kindPayload, head(0, kindPayload, 0), func(item *badger.Item) (bool, error) {
			return false, fmt.Errorf("%q is left", item.Key())
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// raw gives the folder's database, without a store, to fn.
func raw(t *testing.T, cfg Config, fn func(*badger.DB)) {
	t.Helper()
	cfg.Key, cfg.Small = testKey, true
	cfg, err := cfg.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	db, err := badger.Open(cfg.options(nil))
	if err != nil {
		t.Fatal(err)
	}
	fn(db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// putOld writes a notification as layout 1 did.
func putOld(t *testing.T, all *badger.WriteBatch, n store.Notification) {
	t.Helper()
	err := errors.Join(
		all.Set(laneKey(kindPointer, n.Lane, n.Seq), finish(appendText(begin(0), n.ID), n.Meta)),
		all.Set(laneKey(kindPayload, n.Lane, n.Seq), plainRow(n.Payload)),
	)
	if err != nil {
		t.Fatal(err)
	}
}
