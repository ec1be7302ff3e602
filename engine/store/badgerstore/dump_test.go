package badgerstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/store"
)

func into(w io.Writer) func() (io.Writer, error) {
	return func() (io.Writer, error) { return w, nil }
}

// TestDumpBeginsWithItsMoment: what is committed when begin is called is not in the dump, and whatever begin looks at is as new as the rows.
func TestDumpBeginsWithItsMoment(t *testing.T) {
	t.Parallel()
	s := setup(t, Config{Dir: t.TempDir()})
	putOne(t, s, "a", 0)
	var dump bytes.Buffer
	_, err := s.Dump(t.Context(), func() (io.Writer, error) {
		putOne(t, s, "a", 1)
		putOne(t, s, "b", 0)
		return &dump, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Dir: t.TempDir(), Key: testKey, Small: true}
	if _, err := Restore(t.Context(), cfg, &dump); err != nil {
		t.Fatal(err)
	}
	again := setup(t, cfg)
	if a, b := version(t, again, "a"), version(t, again, "b"); a != 1 || b != 0 {
		t.Errorf("versions %d and %d, want 1 and none", a, b)
	}
}

// TestDumpIsOfOneMoment dumps while every commit writes the same number into records of many partitions and into the outbox. A restored store
// has one number everywhere, and as many notifications.
func TestDumpIsOfOneMoment(t *testing.T) {
	t.Parallel()
	s := setup(t, Config{Dir: t.TempDir()})
	const spread = 200
	var keys []store.Key
	for i := range spread {
		keys = append(keys, store.Key{Partition: store.Partition(i * 20), Name: "n"})
	}
	lane := store.Lane{Instance: "i"}
	write := func(n int) {
		var changes []store.Change
		for _, k := range keys {
			changes = append(changes, store.Change{Puts: []store.Put{{Key: k, Expect: store.Version(n), Value: fmt.Append(nil, n)}}})
		}
		changes[0].Emit = []store.Notification{{Lane: lane, ID: fmt.Sprint(n), Payload: bytes.Repeat([]byte(fmt.Sprint(n)), 3000)}}
		outcomes, err := s.Commit(t.Context(), changes...)
		for _, o := range outcomes {
			if err == nil {
				err = o.Err
			}
		}
		if err != nil {
			t.Error(err)
		}
	}
	write(0)
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for n := 1; ; n++ {
			select {
			case <-stop:
				return
			default:
				write(n)
			}
		}
	}()
	defer func() { close(stop); <-ended }()
	for range 5 {
		var dump bytes.Buffer
		rows, err := s.Dump(t.Context(), into(&dump))
		if err != nil {
			t.Fatal(err)
		}
		cfg := Config{Dir: filepath.Join(t.TempDir(), "other"), Key: bytes.Repeat([]byte{9}, keySize), Small: true}
		if got, err := Restore(t.Context(), cfg, &dump); err != nil || got != rows {
			t.Fatalf("%d rows of %d, %v", got, rows, err)
		}
		again := setup(t, cfg)
		records, err := again.Get(t.Context(), keys...)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			if r.Version != records[0].Version || string(r.Value) != fmt.Sprint(r.Version-1) {
				t.Fatalf("record of partition %d is %q in version %d, the first in version %d", r.Key.Partition, r.Value, r.Version, records[0].Version)
			}
		}
		waiting, err := again.Outbox(t.Context(), lane, 0, 1_000_000)
		if err != nil || len(waiting) != int(records[0].Version) {
			t.Fatalf("%d notifications after %d commits, %v", len(waiting), records[0].Version, err)
		}
	}
}

// TestRestoredStoreIsTheSame: records, terms, chunks, entries with and without an end, and what was sent.
func TestRestoredStoreIsTheSame(t *testing.T) {
	t.Parallel()
	s := setup(t, Config{Dir: t.TempDir()})
	note := store.Notification{Lane: goldenLane, ID: "msg_1", Events: 3, Meta: []byte("meta"), Payload: goldenLong}
	end := time.Now().Add(time.Hour).Truncate(time.Second)
	o := commit(t, s, store.Change{
		Puts: []store.Put{{Key: goldenKey, Value: []byte("value"), Index: goldenTerms}},
		Side: []store.Chunk{{Key: goldenKey, ID: "c", Value: []byte("chunk")}},
		Log:  []store.Entry{{Key: goldenKey, ID: "1", Value: []byte("for ever")}, {Key: goldenKey, ID: "2", Value: []byte("an hour"), Expires: end}},
		Emit: []store.Notification{note, note},
	})
	commit(t, s, store.Change{Drop: []store.Drop{{Lane: goldenLane, Seq: o.Seqs[0]}}})
	var dump bytes.Buffer
	if _, err := s.Dump(t.Context(), into(&dump)); err != nil {
		t.Fatal(err)
	}
	cfg := Config{Dir: t.TempDir(), Key: testKey, Small: true}
	if _, err := Restore(t.Context(), cfg, &dump); err != nil {
		t.Fatal(err)
	}
	again := setup(t, cfg)
	for name, of := range map[string]func(*Store) (any, error){
		"record":  func(s *Store) (any, error) { return s.Get(t.Context(), goldenKey) },
		"found":   func(s *Store) (any, error) { return s.Find(t.Context(), goldenTerms[0], store.Key{}, 9) },
		"chunks":  func(s *Store) (any, error) { return s.Chunks(t.Context(), goldenKey, "", 9) },
		"history": func(s *Store) (any, error) { return s.History(t.Context(), goldenKey, "", 9) },
		"outbox":  func(s *Store) (any, error) { return s.Outbox(t.Context(), goldenLane, 0, 9) },
		"kept":    func(s *Store) (any, error) { return s.Kept(t.Context(), goldenLane.Instance, 0, 9) },
	} {
		want, err := of(s)
		if err != nil {
			t.Fatal(err)
		}
		got, err := of(again)
		read(t, name, want, got, err)
	}
	if next := commit(t, again, store.Change{Emit: []store.Notification{note}}); next.Seqs[0] <= o.Seqs[1] {
		t.Errorf("number %d was given before", next.Seqs[0])
	}
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	s := setup(t, Config{Dir: t.TempDir()})
	putOne(t, s, "a", 0)
	var dump bytes.Buffer
	if _, err := s.Dump(t.Context(), into(&dump)); err != nil {
		t.Fatal(err)
	}
	whole := dump.Bytes()
	for n := range whole {
		if _, err := ReadDump(bytes.NewReader(whole[:n]), func(_, _ []byte, _ uint64) error { return nil }); err == nil {
			t.Errorf("%d bytes of %d are read", n, len(whole))
		}
	}
	if _, err := ReadDump(bytes.NewReader(append(whole[:len(whole):len(whole)], 0)), func(_, _ []byte, _ uint64) error { return nil }); err == nil {
		t.Error("a byte too many is read")
	}
	if _, err := Restore(t.Context(), Config{Dir: s.dir, Key: testKey}, bytes.NewReader(whole)); err == nil {
		t.Error("an open store is written over")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before := files(t, s.dir)
	if _, err := Restore(t.Context(), Config{Dir: s.dir, Key: testKey}, bytes.NewReader(whole)); err == nil {
		t.Error("a store is written over")
	}
	if diff := cmp.Diff(before, files(t, s.dir)); diff != "" {
		t.Error("the store that was there has changed")
	}
	newer := binary.AppendUvarint(nil, uint64(len(ownKey(formatRow))))
	newer = append(append(newer, ownKey(formatRow)...), 0, byte(len(numberRow(layoutVersion+1))))
	newer = append(append(newer, numberRow(layoutVersion+1)...), 0, 1)
	for name, dump := range map[string][]byte{"of a newer layout": newer, "of nothing": {0, 0}} {
		if _, err := Restore(t.Context(), Config{Dir: t.TempDir(), Key: testKey, Small: true}, bytes.NewReader(dump)); err == nil {
			t.Errorf("a dump %s is restored", name)
		}
	}
	if _, err := os.Stat(s.dir); err != nil {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Restore(ended, Config{Dir: t.TempDir(), Key: testKey, Small: true}, bytes.NewReader(whole)); err == nil {
		t.Error("a restore goes on after its context")
	}
}
