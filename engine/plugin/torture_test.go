package plugin

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/pollwright/pollwright/sdk"
)

// resets is how often TestTorture puts a box back; `make torture` has it many times.
var resets = flag.Int("torture.resets", 300, "how often TestTorture resets a box")

// TestTorture uses boxes again and again: after calls that make garbage and goroutines, that crash, that grow and that are killed at any moment.
// Each quiet call between them says the same, spends the same and leaves the same memory, bit for bit.
func TestTorture(t *testing.T) {
	t.Parallel()
	c := newProbe(t, Limits{Memory: 64 << 20})
	a, err := c.acquire("probe")
	if err != nil {
		t.Fatal(err)
	}
	defer a.release()
	if a.image == nil {
		t.Skip("memory cannot be reset on this system")
	}
	want := quiet(t, c.sandbox, a)
	stop := make(chan struct{})
	var collecting, working sync.WaitGroup
	collecting.Go(func() { // stops the world again and again
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	})
	for worker := range 3 {
		working.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(worker), 7))
			for range *resets / 6 {
				torment(t, c.sandbox, a, rng)
				if got := quiet(t, c.sandbox, a); got != want {
					t.Errorf("a call said, spent or left something else: %+v, want %+v", got, want)
				}
			}
		})
	}
	working.Wait()
	close(stop)
	collecting.Wait()
}

// trace is what is left of a call.
type trace struct {
	reply, memory [32]byte
	fuel          int64
}

// quiet makes a call and looks at all of the memory before it is reset.
func quiet(t *testing.T, s *sandbox, a *adapter) (out trace) {
	t.Helper()
	input, err := sdk.EncodeCall(sdk.Call{Query: sdk.Query{Resource: "churn"}, Response: &sdk.Response{Body: make([]byte, 40)}})
	if err != nil {
		t.Fatal(err)
	}
	in := invocation{op: sdk.OpStep, input: input, limit: 1 << 20}
	w := newWorld(clockOf(1_780_531_200_000), a.seed, 1000)
	w.fuel = s.limits.Fuel
	ctx := withWorld(t.Context(), w)
	box, err := s.take(ctx, a)
	if err != nil {
		t.Error(err)
		return out
	}
	reply, err := exchange(ctx, box, in)
	if err != nil {
		t.Error(err)
	}
	view, _ := box.module.Memory().Read(0, box.module.Memory().Size())
	out = trace{sha256.Sum256(reply), sha256.Sum256(view), s.limits.Fuel - w.fuel - int64(box.fuel.Get())}
	if err := s.give(a, box, err != nil); err != nil {
		t.Error(err)
	}
	return out
}

// torment makes a call that ends badly, most of the time.
func torment(t *testing.T, s *sandbox, a *adapter, rng *rand.Rand) {
	resources := []string{"panic", "index", "exit", "deadlock", "spin", "hoard", "recurse", "flood", "world", "churn", "churn"}
	call := sdk.Call{Query: sdk.Query{Resource: resources[rng.IntN(len(resources))]}, Response: &sdk.Response{Body: make([]byte, rng.IntN(3000))}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rng.IntN(3000))*time.Microsecond) // the moment of the kill is the point
	defer cancel()
	_, _, err := s.step(ctx, a, call)
	var (
		crash *PanicError
		gone  *ExitError
		fuel  *FuelError
	)
	if err != nil && !errors.As(err, &crash) && !errors.As(err, &gone) && !errors.As(err, &fuel) && ctx.Err() == nil {
		t.Errorf("%s: %v", call.Query.Resource, err)
	}
}
