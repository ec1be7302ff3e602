package schedule

import (
	"math/rand/v2"
	"testing"
)

// The truth is a map. Few instances in many turns, so that places are used again and slots follow each other.
func TestIndexAgainstAMap(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 3))
		var all entries
		x := index{of: &all}
		model := map[int64]int32{}
		for range 20_000 {
			instance := 1 + r.Int64N(1+int64(seed)*40)
			switch number := model[instance]; {
			case number == 0:
				e := all.take()
				e.instance = instance
				x.set(instance, e.number)
				model[instance] = e.number
			case r.IntN(3) == 0: // another entry of the instance
				e := all.take()
				e.instance = instance
				x.set(instance, e.number)
				all.give(all.at(number))
				model[instance] = e.number
			default:
				x.remove(instance)
				x.remove(-instance) // is not there
				all.give(all.at(number))
				delete(model, instance)
			}
			if other := 1 + r.Int64N(1+int64(seed)*40); x.get(other) != model[other] || x.get(instance) != model[instance] {
				t.Fatalf("seed %d: %d has %d, want %d; %d has %d, want %d", seed, other, x.get(other), model[other], instance, x.get(instance), model[instance])
			}
		}
		for instance, number := range model {
			if x.get(instance) != number {
				t.Fatalf("seed %d: %d has %d, want %d", seed, instance, x.get(instance), number)
			}
		}
		if x.used != len(model) || 4*x.used > 3*len(x.slots) {
			t.Errorf("seed %d: %d of %d slots are used, want %d", seed, x.used, len(x.slots), len(model))
		}
	}
}
