package badgerstore

import (
	"context"
	"crypto/rand"
	"fmt"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/store"
)

// TestRunSweeps has time pass in a bubble.
func TestRunSweeps(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := setup(t, Config{Dir: dir, History: time.Hour})
		l := store.Lane{Instance: "i"}
		seqs := commit(t, s, store.Change{Emit: []store.Notification{{Lane: l, ID: "dropped"}, {Lane: l, ID: "waits"}}}).Seqs
		commit(t, s, store.Change{Drop: []store.Drop{{Lane: l, Seq: seqs[0]}}})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		time.Sleep(59 * time.Minute)
		if got, err := s.Kept(ctx, "i", 0, 9); err != nil || len(got) != 2 {
			t.Fatalf("%+v, %v, want both", got, err)
		}
		time.Sleep(16 * time.Minute)
		if got, err := s.Kept(ctx, "i", 0, 9); err != nil || len(got) != 1 || got[0].Seq != seqs[1] || !got[0].Waiting {
			t.Fatalf("%+v, %v, want what waits", got, err)
		}
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	})
}

// TestRunEndsWithTheStore closes a store under its Run.
func TestRunEndsWithTheStore(t *testing.T) {
	t.Parallel()
	s := setup(t, Config{Dir: t.TempDir(), Sweep: time.Millisecond})
	ended := make(chan error)
	go func() { ended <- s.Run(t.Context()) }()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

// TestNothingComesBack writes, drops, sweeps, compacts and reopens, many times: what was dropped does not wait again, and what was swept or
// erased is not kept again.
func TestNothingComesBack(t *testing.T) {
	t.Parallel()
	c := newClock()
	cfg := Config{Dir: t.TempDir(), Now: c.Now, History: day}
	s := setup(t, cfg)
	draw := mrand.New(mrand.NewPCG(1, 2))
	noise := make([]byte, inline+1)
	_, _ = rand.Read(noise)
	rows := map[store.Seq]*store.Kept{}
	for round := range 8 {
		for range 20 {
			var change store.Change
			for i := range draw.IntN(8) {
				l := store.Lane{Instance: fmt.Sprintf("i-%d", draw.IntN(5)), Number: uint16(draw.IntN(2))}
				size := []int{0, 100, 20_000, 20_000, 20_000, len(noise)}[draw.IntN(6-min(i, 1))] // one that is large, at most
				change.Emit = append(change.Emit, store.Notification{Lane: l, ID: "n", Meta: []byte{}, Payload: noise[:size]})
			}
			for seq, k := range rows {
				if draw.IntN(4) == 0 && k.Waiting {
					erase := draw.IntN(4) == 0
					change.Drop = append(change.Drop, store.Drop{Lane: k.Lane, Seq: seq, Erase: erase})
					if k.Waiting = false; erase {
						delete(rows, seq)
					}
				}
			}
			for i, seq := range commit(t, s, change).Seqs {
				n := change.Emit[i]
				n.Seq, n.Payload = seq, nil
				rows[seq] = &store.Kept{Notification: n, Waiting: true}
			}
			c.move(time.Hour)
		}
		if _, err := s.sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		for seq, k := range rows {
			if !k.Waiting && seq < store.SeqAt(c.Now().Add(-day)) {
				delete(rows, seq)
			}
		}
		if round%3 > 0 {
			if err := s.reclaim(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		holds(t, s, rows)
		s = reopen(t, s, cfg)
		holds(t, s, rows)
	}
}

// holds wants the five instances to have these rows, and no others.
func holds(t *testing.T, s *Store, rows map[store.Seq]*store.Kept) {
	t.Helper()
	want := map[string][]store.Kept{}
	waiting := map[store.Lane][]store.Seq{}
	seqs := []store.Seq{}
	for seq := range rows {
		seqs = append(seqs, seq)
	}
	slices.Sort(seqs)
	for _, seq := range slices.Backward(seqs) {
		want[rows[seq].Lane.Instance] = append(want[rows[seq].Lane.Instance], *rows[seq])
	}
	for _, seq := range seqs {
		if rows[seq].Waiting {
			waiting[rows[seq].Lane] = append(waiting[rows[seq].Lane], seq)
		}
	}
	for i := range 5 {
		instance := fmt.Sprintf("i-%d", i)
		got, err := s.Kept(t.Context(), instance, 0, len(rows)+9)
		if diff := cmp.Diff(append([]store.Kept{}, want[instance]...), got); diff != "" || err != nil {
			t.Fatalf("kept of %s: %v (-want +got):\n%s", instance, err, diff)
		}
		for number := range uint16(2) {
			l := store.Lane{Instance: instance, Number: number}
			got, err := s.Outbox(t.Context(), l, 0, len(rows)+9)
			if err != nil || !slices.EqualFunc(waiting[l], got, func(seq store.Seq, n store.Notification) bool { return n.Seq == seq }) {
				t.Fatalf("%d wait in %v, %v, want %d", len(got), l, err, len(waiting[l]))
			}
		}
	}
}

// TestForgetInSteps has more rows than a step, of two instances one of which is the beginning of the other's name.
func TestForgetInSteps(t *testing.T) {
	t.Parallel()
	s := setup(t, Config{Dir: t.TempDir()})
	for _, instance := range []string{"i", "ii"} {
		var emits, drops store.Change
		for range 2*stepRows + 10 {
			emits.Emit = append(emits.Emit, store.Notification{Lane: store.Lane{Instance: instance}, ID: "n"})
		}
		for _, seq := range commit(t, s, emits).Seqs[1:] {
			drops.Drop = append(drops.Drop, store.Drop{Lane: emits.Emit[0].Lane, Seq: seq})
		}
		commit(t, s, drops)
	}
	if err := s.Forget(t.Context(), "i"); err != nil {
		t.Fatal(err)
	}
	for instance, want := range map[string]int{"i": 1, "ii": 2*stepRows + 10} {
		got, err := s.Kept(t.Context(), instance, 0, 9999)
		if err != nil || len(got) != want {
			t.Errorf("%s keeps %d, %v, want %d", instance, len(got), err, want)
		}
	}
}

// TestSizeIsOfBlocks has a file that is long and empty, as Badger's logs are, and one that is not.
func TestSizeIsOfBlocks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := &Store{dir: dir}
	sparse := filepath.Join(dir, "1.mem")
	if err := os.WriteFile(sparse, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(sparse, 1<<30); err != nil {
		t.Fatal(err)
	}
	if got := s.Size(); got > 1<<20 {
		t.Errorf("%d bytes for one that is written, want its block", got)
	}
	noise := make([]byte, 3<<20)
	_, _ = rand.Read(noise)
	if err := os.WriteFile(filepath.Join(dir, "2.sst"), noise, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := s.Size(); got < 3<<20 || got > 4<<20 {
		t.Errorf("%d bytes, want about %d", got, len(noise))
	}
	if got := occupied(dir, ".sst"); got < 3<<20 || got > 4<<20 {
		t.Errorf("%d bytes of tables, want about %d", got, len(noise))
	}
}

// TestWaste judges a folder by what is on the disk and what is alive.
func TestWaste(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		all, live volume
		want      bool
	}{
		"small":                       {volume{roomy, roomy}, volume{}, false},
		"large and empty":             {volume{roomy + 1, 0}, volume{}, true},
		"large and full":              {volume{4 * roomy, 4 * roomy}, volume{roomy, roomy}, false},
		"a tree with little in it":    {volume{4*roomy + 1, 0}, volume{roomy, roomy}, true},
		"a value log with as little":  {volume{0, 4*roomy + 1}, volume{roomy, roomy}, true},
		"a value log without payload": {volume{roomy, roomy + 1}, volume{roomy, 0}, true},
	} {
		if got := test.all.wastes(test.live); got != test.want {
			t.Errorf("%s: %v", what, got)
		}
	}
}

// TestCount counts what is alive, in two kinds, over more than a step.
func TestCount(t *testing.T) {
	t.Parallel()
	s := setup(t, Config{Dir: t.TempDir()})
	noise := make([]byte, inline+1)
	_, _ = rand.Read(noise)
	fillAndDrop(t, s, 10_000, 100) // they are kept
	l := store.Lane{Instance: "i"}
	commit(t, s, store.Change{Emit: []store.Notification{{Lane: l, ID: "n", Payload: noise}}})
	for step := range 5 {
		var c store.Change
		for i := range 4500 {
			c.Log = append(c.Log, store.Entry{Key: store.Key{Name: "a"}, ID: fmt.Sprint(step, i)})
		}
		commit(t, s, c)
	}
	var live volume
	for at := head(0, 0, 0); at != nil; {
		var err error
		if at, err = s.count(t.Context(), at, &live); err != nil {
			t.Fatal(err)
		}
	}
	if live.tree < 1_000_000 || live.tree > 1_700_000 || live.apart < inline || live.apart > inline+1000 {
		t.Fatalf("%+v, want a little over 1,000,000 and %d", live, inline)
	}
}
