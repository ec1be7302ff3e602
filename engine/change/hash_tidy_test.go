package change

import (
	"fmt"
	"strings"
	"testing"
)

// A block that was split, and whose left half has emptied since, is deleted only after its right half is stored.
func TestTidyLosesNothingOfAnEmptiedBlock(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1000)
	w := watchHashes(t, func(r *HashRule) { r.Guard = Guard{Fraction: 1} })
	w.size = 50
	name := func(i int) string { return fmt.Sprintf("%04d%s", i, long) }
	for i := range 39 { // one block
		w.objects[name(i*2)] = "1"
	}
	w.want()
	w.pack(tidyBytes, 1000)
	w.untidy = true
	w.objects[name(1)], w.objects[name(3)] = "1", "1" // splits it
	w.scan()
	for i := range 76 { // empties the left half
		delete(w.objects, name(i))
	}
	w.scan()
	w.scan()
	if h := w.load(); len(h.index.emptied) != 1 || len(h.index.blocks) != 1 || h.Remembered() != 1 {
		t.Fatalf("%d blocks and %d emptied ones of %d objects, want one of each", len(h.index.blocks), len(h.index.emptied), h.Remembered())
	}
	for steps := range 10 {
		copied := *w
		copied.chunks = map[string][]byte{}
		for id, value := range w.chunks {
			copied.chunks[id] = value
		}
		copied.pack(1, steps) // and a crash
		copied.want()
		copied.pack(1, 1000)
		if told, counts := copied.scan(); len(told) != 0 || counts.Known != 1 {
			t.Errorf("after %d commits: told %d, counts %+v", steps, len(told), counts)
		}
	}
}

// pack merges the log into the blocks, by at most so many commits.
func (w *hashWorld) pack(most, commits int) {
	w.t.Helper()
	h := w.load()
	for h.packing = true; commits > 0 && h.tidyUpTo(most); commits-- {
		w.save(h)
	}
}

// The log is merged when it is long, and then it is short: what is stored stays within a small multiple of what is remembered.
func TestLogStaysShort(t *testing.T) {
	t.Parallel()
	w := watchHashes(t).some("a", 100, "1")
	w.want()
	longest := 0
	for i := range 600 {
		w.set(fmt.Sprint("a0000=", i))
		if told, _ := w.scan(); len(told) != 1 {
			t.Fatalf("told %v", told)
		}
		longest = max(longest, len(w.chunks))
	}
	if longest < 200 || longest > longLog+2 {
		t.Errorf("up to %d chunks, want the log merged at %d", longest, longLog)
	}
}
