package schedule

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// The truth is a plain slice, searched and sorted.
func TestHeapAgainstASortedSlice(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		var h heap
		var model []*entry
		for range 2000 {
			if len(model) == 0 || r.IntN(5) < 3 {
				e := &entry{due: time.Duration(r.IntN(100))} // many ties
				h.push(e)
				model = append(model, e)
				continue
			}
			i := r.IntN(len(model))
			h.remove(model[i])
			model = slices.Delete(model, i, i+1)
		}
		for i, s := range h {
			if int(s.index) != i || s.due != int64(s.entry.due) {
				t.Fatalf("seed %d: slot %d holds an entry that believes in slot %d", seed, i, s.index)
			}
		}
		slices.SortFunc(model, func(a, b *entry) int { return int(a.due - b.due) })
		if len(h) != len(model) {
			t.Fatalf("seed %d: %d entries, want %d", seed, len(h), len(model))
		}
		for _, want := range model {
			if got := h[0].entry; got.due != want.due {
				t.Fatalf("seed %d: due %d on top, want %d", seed, got.due, want.due)
			}
			h.remove(h[0].entry)
		}
	}
}
