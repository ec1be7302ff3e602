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
		var all entries
		h := heap{of: &all}
		var model []*entry
		for range 2000 {
			if len(model) == 0 || r.IntN(5) < 3 {
				e := all.take()
				e.due = time.Duration(r.IntN(100)) // many ties
				h.push(e)
				model = append(model, e)
				continue
			}
			i := r.IntN(len(model))
			h.remove(model[i])
			model = slices.Delete(model, i, i+1)
		}
		if seed%2 == 0 {
			h.replan(func(e *entry) time.Duration { return e.due * 7919 % 101 })
		}
		for i, s := range h.slots {
			if e := all.at(s.number); int(e.index) != i || s.due != e.due {
				t.Fatalf("seed %d: slot %d holds an entry that believes in slot %d", seed, i, s.number)
			}
		}
		slices.SortFunc(model, func(a, b *entry) int { return int(a.due - b.due) })
		if len(h.slots) != len(model) {
			t.Fatalf("seed %d: %d entries, want %d", seed, len(h.slots), len(model))
		}
		for _, want := range model {
			if got := h.first(); got.due != want.due {
				t.Fatalf("seed %d: due %d on top, want %d", seed, got.due, want.due)
			}
			h.remove(h.first())
		}
	}
}
