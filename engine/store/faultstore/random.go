package faultstore

import (
	"math/rand/v2"
	"sync"
)

// Rates are how many of a hundred calls have a fault.
type Rates struct {
	Refused, Unknown, Conflict, Slow int // of commits
	Reads, SlowReads                 int
}

// Random is a plan by chance. The same seed draws the same faults, if the calls come in the same order.
func Random(seed uint64, rates Rates) Plan {
	r := rand.New(rand.NewPCG(seed, 0x6661756c74))
	var mu sync.Mutex
	type share struct {
		Fault
		of int
	}
	commits := []share{{Refused, rates.Refused}, {Unknown, rates.Unknown}, {Conflict, rates.Conflict}, {Slow, rates.Slow}}
	reads := []share{{Refused, rates.Reads}, {Slow, rates.SlowReads}}
	return func(c Call) Fault {
		mu.Lock()
		drawn := r.IntN(100)
		mu.Unlock()
		shares := commits
		if c.Changes == nil {
			shares = reads
		}
		for _, s := range shares {
			if drawn -= s.of; drawn < 0 {
				return s.Fault
			}
		}
		return None
	}
}
