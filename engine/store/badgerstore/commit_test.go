package badgerstore

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/pollwright/pollwright/engine/store"
)

// TestFailedCommitEndsTheStore closes Badger under a store: its commits fail from then on.
func TestFailedCommitEndsTheStore(t *testing.T) {
	t.Parallel()
	s := setup(t, Config{Dir: t.TempDir()})
	putOne(t, s, "a", 0)
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
	change := store.Change{Log: []store.Entry{{Key: store.Key{Name: "a"}, ID: "1"}}} // nothing to read before
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	outcomes, err := s.Commit(t.Context(), change)
	if err == nil || outcomes != nil {
		t.Fatalf("%+v, %v, want an error and no outcomes", outcomes, err)
	}
	failedFor(t, s, err)
}

// TestLostSyncOfTheValueLog plays Badger's log line, which is all that it makes of such an error.
func TestLostSyncOfTheValueLog(t *testing.T) {
	t.Parallel()
	s := setup(t, Config{Dir: t.TempDir()})
	putOne(t, s, "a", 0)
	s.db.Opts().Logger.Errorf(lostSync+": %v\n", "input/output error")
	failedFor(t, s, s.Err())
	if !strings.Contains(s.Err().Error(), "input/output error") {
		t.Fatalf("%v, want the cause", s.Err())
	}
}

// failedFor wants every call to fail for a reason, and the channel closed.
func failedFor(t *testing.T, s *Store, want error) {
	t.Helper()
	select {
	case <-s.Failed():
	default:
		t.Fatal("Failed is open")
	}
	if want == nil || !errors.Is(s.Err(), want) {
		t.Fatalf("Err is %v, want %v", s.Err(), want)
	}
	_, get := s.Get(t.Context(), store.Key{Name: "a"})
	_, backlogs := s.Backlogs(t.Context())
	_, commit := s.Commit(t.Context())
	for _, err := range []error{get, backlogs, commit} {
		if !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
}

// TestNothingIsCommittedAfterAFailure fails a store while requests wait: none of them is told that it is durable, or is.
func TestNothingIsCommittedAfterAFailure(t *testing.T) {
	t.Parallel()
	cfg := Config{Dir: t.TempDir()}
	s := setup(t, cfg)
	reason := errors.New("the disk is gone")
	s.fault.set(reason)
	r := newRequest([]store.Change{{Puts: []store.Put{{Key: store.Key{Name: "a"}, Value: []byte("v")}}}}, time.Now())
	s.group.queue <- r
	<-r.done
	if !errors.Is(r.err, reason) {
		t.Fatalf("%v, want %v", r.err, reason)
	}
	s = reopen(t, s, cfg)
	if got := version(t, s, "a"); got != 0 {
		t.Fatalf("version %d, want 0", got)
	}
}

// TestFailureWithinAGroup fails a store between a change that was gathered and its commit.
func TestFailureWithinAGroup(t *testing.T) {
	t.Parallel()
	cfg, err := Config{Dir: t.TempDir()}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	s := setup(t, cfg)
	c := newCommitter(cfg, s.db, s.seen, s.fault, 0) // driven by hand; the store's own has nothing to do
	r := newRequest([]store.Change{{Puts: []store.Put{{Key: store.Key{Name: "a"}, Value: []byte("v")}}}}, time.Now())
	c.begin()
	c.take(r)
	reason := errors.New("the disk is gone")
	s.fault.set(reason)
	c.flush()
	<-r.done
	if !errors.Is(r.err, reason) || r.outcomes != nil {
		t.Fatalf("%+v, %v, want no outcomes and %v", r.outcomes, r.err, reason)
	}
	s = reopen(t, s, cfg)
	if got := version(t, s, "a"); got != 0 {
		t.Fatalf("version %d, want 0", got)
	}
}

// TestSeqAfterRestart has the clock set back and the outbox drained between two lives of a store.
func TestSeqAfterRestart(t *testing.T) {
	t.Parallel()
	year := 2030
	cfg := Config{Dir: t.TempDir(), Now: func() time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }}
	lane := store.Lane{Instance: "i"}
	s := setup(t, cfg)
	var last store.Seq
	for _, year = range []int{2030, 2020, 1960, 2031} {
		for range 2 {
			o := commit(t, s, store.Change{Emit: []store.Notification{{Lane: lane, ID: "n"}}})
			if o.Seqs[0] <= last {
				t.Fatalf("in %d: %d after %d", year, o.Seqs[0], last)
			}
			last = o.Seqs[0]
			commit(t, s, store.Change{Drop: []store.Drop{{Lane: lane, Seq: last}}})
		}
		s = reopen(t, s, cfg)
	}
	if want := store.Seq(time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()); last < want {
		t.Fatalf("%d, want it to follow the clock, at least %d", last, want)
	}
}

// TestManyGroupsInOneCall commits more than a transaction holds, in changes that each fit, and more than a memtable, encrypted.
func TestManyGroupsInOneCall(t *testing.T) {
	t.Parallel()
	cfg := Config{Dir: t.TempDir()}
	s := setup(t, cfg)
	noise := make([]byte, 200<<10)
	_, _ = rand.NewChaCha8([32]byte{2}).Read(noise)
	var changes []store.Change
	for i := range 150 { // 30 MB
		k := store.Key{Partition: 9, Name: fmt.Sprintf("r/%03d", i)}
		changes = append(changes, store.Change{Puts: []store.Put{{Key: k, Value: noise}}})
	}
	outcomes, err := s.Commit(t.Context(), changes...)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range outcomes {
		if o.Err != nil {
			t.Fatalf("change %d: %v", i, o.Err)
		}
	}
	s = reopen(t, s, cfg)
	got, err := s.Scan(t.Context(), 9, "r/", store.Key{}, 1000)
	if err != nil || len(got) != len(changes) {
		t.Fatalf("%d records, %v, want %d", len(got), err, len(changes))
	}
	for _, r := range got {
		if !bytes.Equal(r.Value, noise) {
			t.Fatalf("%s came back changed", r.Key.Name)
		}
	}
}

// TestPayloadOfTheValueLog has payloads that Badger keeps apart, the shortest and a large one, and one that is too short by a byte.
func TestPayloadOfTheValueLog(t *testing.T) {
	t.Parallel()
	cfg := Config{Dir: t.TempDir()}
	s := setup(t, cfg)
	lane := store.Lane{Instance: "i"}
	around := len(keptRow(store.Notification{Lane: lane, ID: "n"}))
	var all []store.Notification
	for _, size := range []int{large + 100, inline - around, inline - around - 2} {
		payload := make([]byte, size)
		_, _ = rand.NewChaCha8([32]byte{3}).Read(payload)
		all = append(all, store.Notification{Lane: lane, ID: "n", Payload: payload})
	}
	commit(t, s, store.Change{Emit: all})
	s = reopen(t, s, cfg)
	got, err := s.Outbox(t.Context(), lane, 0, 4)
	if err != nil || len(got) != len(all) {
		t.Fatalf("%d notifications, %v, want %d", len(got), err, len(all))
	}
	var apart []bool
	for i, n := range got {
		if !bytes.Equal(n.Payload, all[i].Payload) {
			t.Errorf("payload %d differs", i)
		}
		err := s.view(t.Context(), "look", func(txn *badger.Txn) error {
			item, err := txn.Get(keptKey(lane.Instance, n.Seq))
			apart = append(apart, err == nil && liesApart(item))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if want := []bool{true, true, false}; !slices.Equal(apart, want) {
		t.Errorf("in the value log: %v, want %v", apart, want)
	}
}

// TestGroup shows that callers who wait share transactions: Badger counts one version for each.
func TestGroup(t *testing.T) {
	t.Parallel()
	s := setup(t, Config{Dir: t.TempDir()})
	before := s.db.MaxVersion()
	const callers, each = 64, 20
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			for v := range store.Version(each) {
				putOne(t, s, fmt.Sprint(i), v)
			}
		})
	}
	all.Wait()
	if n := s.db.MaxVersion() - before; n > callers*each/4 {
		t.Fatalf("%d transactions for %d commits, want a quarter at most", n, callers*each)
	}
}

// TestRowOfALaterProgram: a change that meets one is answered with an error and not applied; others are.
func TestRowOfALaterProgram(t *testing.T) {
	t.Parallel()
	s := setup(t, Config{Dir: t.TempDir()})
	txn := s.db.NewTransaction(true)
	if err := errors.Join(txn.Set(recordKey(store.Key{Name: "later"}), []byte{rowVersion + 1, 0}), txn.Commit()); err != nil {
		t.Fatal(err)
	}
	later := store.Change{Puts: []store.Put{{Key: store.Key{Name: "later"}, Value: []byte("v")}}}
	_, commitErr := s.Commit(t.Context(), later)
	_, getErr := s.Get(t.Context(), store.Key{Name: "later"})
	for _, err := range []error{commitErr, getErr} {
		if err == nil || !strings.Contains(err.Error(), "row of version 2") || !strings.Contains(err.Error(), "later") {
			t.Errorf("%v, want the key and row of version 2", err)
		}
	}
	putOne(t, s, "a", 0)
	if err := s.Err(); err != nil {
		t.Fatalf("the store has failed: %v", err)
	}
}
