package badgerstore

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/pollwright/pollwright/engine/store"
)

// TestDiskIsFreed fills a folder, drops all, and looks how much of the disk is left in use: by rows of the tree, and by some that Badger
// keeps apart.
func TestDiskIsFreed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ size, total, left int64 }{
		"in the tree":      {inline - 100, 30 << 20, 10 << 20},
		"in the value log": {50 << 10, 150 << 20, 80 << 20}, // two files of it are full; that which is written to stays
		"in it, and large": {large + 100<<10, 150 << 20, 80 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClock()
			s := setup(t, Config{Dir: t.TempDir(), Now: c.Now})
			n := int(test.total / test.size)
			fillAndDrop(t, s, int(test.size), n)
			before := s.Size()
			if before < test.total*9/10 {
				t.Fatalf("%d bytes on the disk, want about %d", before, test.total)
			}
			c.move(8 * day)
			if gone, err := s.sweep(t.Context()); err != nil || gone != n {
				t.Fatalf("%d are gone, %v, want %d", gone, err, n)
			}
			if err := s.reclaim(t.Context()); err != nil {
				t.Fatal(err)
			}
			if after := s.Size(); after > test.left {
				t.Fatalf("%d bytes on the disk, %d before, want %d at most", after, before, test.left)
			}
		})
	}
}

// fillAndDrop emits and drops notifications that do not compress, about a megabyte at a time.
func fillAndDrop(t *testing.T, s *Store, size, n int) {
	t.Helper()
	noise := rand.NewChaCha8([32]byte{5})
	for n > 0 {
		var emits, drops store.Change
		for range min(n, max(1, 1<<20/size)) {
			payload := make([]byte, size)
			_, _ = noise.Read(payload)
			emits.Emit = append(emits.Emit, store.Notification{Lane: store.Lane{Instance: fmt.Sprintf("i-%d", n%50)}, ID: "n", Payload: payload})
			n--
		}
		for i, seq := range commit(t, s, emits).Seqs {
			drops.Drop = append(drops.Drop, store.Drop{Lane: emits.Emit[i].Lane, Seq: seq})
		}
		commit(t, s, drops)
	}
}

// TestWaste judges a folder by what is on the disk and what is alive.
func TestWaste(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		all, live volume
		want      bool
	}{
		"small":                       {volume{roomy, roomyApart}, volume{}, false},
		"large and empty":             {volume{roomy + 1, 0}, volume{}, true},
		"large and full":              {volume{4 * roomy, 2 * roomy}, volume{roomy, roomy}, false},
		"a tree with little in it":    {volume{4*roomy + 1, 0}, volume{roomy, roomy}, true},
		"a value log half empty":      {volume{0, 2*roomy + 1}, volume{roomy, roomy}, true},
		"a value log without payload": {volume{roomy, roomyApart + 1}, volume{roomy, 0}, true},
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
	noise := make([]byte, large+1)
	_, _ = rand.NewChaCha8([32]byte{6}).Read(noise)
	fillAndDrop(t, s, 1000, 1000) // they are kept
	l := store.Lane{Instance: "i"}
	commit(t, s, store.Change{Emit: []store.Notification{{Lane: l, ID: "n", Payload: noise}}})
	for step := range 5 {
		var c store.Change
		for i := range 4500 {
			c.Log = append(c.Log, store.Entry{Key: store.Key{Name: "a"}, ID: fmt.Sprint(step, i)})
		}
		commit(t, s, c)
	}
	live, err := s.alive(t.Context(), func(volume) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	if live.tree < 1_000_000 || live.tree > 1_700_000 || live.apart < large || live.apart > large+1000 {
		t.Fatalf("%+v, want a little over 1,000,000 and %d", live, large)
	}
	if sum, err := s.Live(t.Context()); err != nil || sum != live.tree+live.apart {
		t.Fatalf("%d, %v, want the sum of %+v", sum, err, live)
	}
}
