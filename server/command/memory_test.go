package command

import (
	"context"
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"
)

func TestLimitForWhatIsInUse(t *testing.T) {
	t.Parallel()
	const limit = 160 << 20
	for _, c := range []struct {
		used uint64
		want int64
	}{{0, limit}, {64 << 20, limit}, {200 << 20, 364 << 20}, {4 << 30, 6<<30 + 64<<20}, {math.MaxUint64, math.MaxInt64}} {
		if got := limitFor(limit, c.used); got != c.want {
			t.Errorf("%d bytes are in use: the limit is %d, want %d", c.used, got, c.want)
		}
	}
}

// TestMemoryIsKeptWithinTheLimit is not parallel: the limit is the process's.
func TestMemoryIsKeptWithinTheLimit(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "")
	before := debug.SetMemoryLimit(-1)
	held := make([]byte, 200<<20)
	runtime.GC()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error)
		go func() { done <- keepWithin(ctx, 160<<20) }()
		synctest.Wait()
		if got := debug.SetMemoryLimit(-1); got != 160<<20 {
			t.Errorf("the limit is %d, want that of the configuration", got)
		}
		time.Sleep(measureEvery)
		synctest.Wait()
		if got := debug.SetMemoryLimit(-1); got < 364<<20 || got > 600<<20 {
			t.Errorf("the limit is %d while 200 MiB are in use, want more than that", got)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	runtime.KeepAlive(held)
	if got := debug.SetMemoryLimit(-1); got != before {
		t.Errorf("the limit stays %d", got)
	}
	t.Setenv("GOMEMLIMIT", "1GiB")
	if err := keepWithin(t.Context(), 160<<20); err != nil || debug.SetMemoryLimit(-1) != before {
		t.Errorf("the environment's limit is overruled: %v", err)
	}
}
