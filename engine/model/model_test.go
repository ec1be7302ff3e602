package model

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/change"
)

// `make model` sets these. A seed makes the same run each time.
var (
	records = flag.Int("model.records", 0, "play scripts until so many records were written; 0 = the short run")
	seed    = flag.Uint64("model.seed", 0, "the first seed; 0 = a random one")
	mutants = flag.Bool("model.mutants", false, "break the rules one by one; needs -tags mutants")
)

// fixed are the seeds of the short run, beside a random one.
var fixed = []uint64{1, 2, 3, 4, 5, 6, 7, 8}

// size is how many states the script of a seed has.
func size(seed uint64) int { return 100 + int(seed*0x9E3779B97F4A7C15>>40)%1900 }

func TestModel(t *testing.T) {
	t.Parallel()
	seeds := append([]uint64{*seed}, fixed...)
	if *seed == 0 {
		seeds[0] = rand.Uint64() >> 1
	}
	t.Logf("random seed %d", seeds[0])
	for _, seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			s := newScript(seed, size(seed))
			if _, err := play(s, ""); err != nil {
				t.Error(story(s, ""))
			}
		})
	}
}

// TestModelAtLength is `make model`.
func TestModelAtLength(t *testing.T) {
	t.Parallel()
	if *records == 0 {
		t.Skip("make model plays the long run")
	}
	began, first := time.Now(), *seed
	if first == 0 {
		first = rand.Uint64() >> 1
	}
	var total stats
	seeds := 0
	run(first, "", func(seed uint64, s stats, took time.Duration, err error) (more bool) {
		seeds++
		total = total.add(s)
		fmt.Printf("seed %-20d %v, %8.0f records/s\n", seed, s, float64(s.states)/took.Seconds())
		if err != nil {
			t.Error(story(newScript(seed, size(seed)), ""))
		}
		return total.states < *records && !t.Failed()
	})
	fmt.Printf("model: %d seeds from %d: %v, %.0f records/s in %v\n", seeds, first, total, float64(total.states)/time.Since(began).Seconds(), time.Since(began).Round(time.Second))
}

// run plays seed after seed, as many at a time as there are processors, and reports them in order until report says that it is enough.
func run(first uint64, mutant change.Mutant, report func(seed uint64, s stats, took time.Duration, err error) (more bool)) {
	width := runtime.GOMAXPROCS(0)
	type played struct {
		stats
		err  error
		took time.Duration
	}
	for {
		results := make([]played, 8*width)
		var wg sync.WaitGroup
		for worker := range width {
			wg.Go(func() {
				for i := worker; i < len(results); i += width {
					began, seed := time.Now(), first+uint64(i)
					s, err := play(newScript(seed, size(seed)), mutant)
					results[i] = played{s, err, time.Since(began)}
				}
			})
		}
		wg.Wait()
		for i, p := range results {
			if !report(first+uint64(i), p.stats, p.took, p.err) {
				return
			}
		}
		first += uint64(len(results))
	}
}

// broken are the rules that TestMutants breaks: those of date detection.
var broken = []change.Mutant{change.ExclusiveWindow, change.NoSeenSet, change.MarkOwnClock, change.MarkMovesMidScan, change.NoClamp, change.NotCut}

// TestMutants is `make model MUTANTS=1`: a model that does not notice a broken rule proves nothing.
func TestMutants(t *testing.T) {
	if !*mutants {
		t.Skip("make model MUTANTS=1 breaks the rules")
	}
	const most = 400 // seeds
	for _, mutant := range broken {
		seeds, caught := 0, 0
		first := max(*seed, 1)
		var proof string
		run(first, mutant, func(seed uint64, _ stats, _ time.Duration, err error) bool {
			seeds++
			if err == nil {
				return seeds < most
			}
			if caught++; caught == 1 {
				proof = fmt.Sprintf("at seed %d: %v", seed, err)
			}
			return false
		})
		if caught == 0 {
			t.Errorf("%s: not noticed in %d seeds from %d (only a build with -tags mutants can break it)", mutant, seeds, first)
			continue
		}
		fmt.Printf("mutant %q caught after %d seeds, %s\n", mutant, seeds, proof)
	}
}
