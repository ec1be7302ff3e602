package plugin

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/pollwright/pollwright/sdk"
)

func TestCircuit(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 7, 0, 0, 0, time.UTC)
	crash := &PanicError{Trap: "wasm error: unreachable"}
	const circuitFailures = 5
	c := circuit{most: circuitFailures}
	call := func(err error) {
		t.Helper()
		if refused := c.enter(now); refused != nil {
			t.Fatalf("at %v: %v", now, refused)
		}
		c.leave(now, err)
	}
	refused := func() {
		t.Helper()
		var suspended *SuspendedError
		if err := c.enter(now); !errors.As(err, &suspended) || !errors.Is(err, crash) {
			t.Fatalf("at %v: %v, want a suspension for the crash", now, err)
		}
	}
	for range circuitFailures - 1 {
		call(crash)
	}
	call(nil) // as new
	for range circuitFailures - 1 {
		call(crash)
		call(&ReplyError{"", "no JSON"}) // neither well nor broken
	}
	call(crash)
	for _, pause := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute} {
		now = now.Add(pause - time.Millisecond)
		refused()
		if s := c.suspension(now); s == nil || s.Why != crash.Error() {
			t.Fatalf("suspension %+v", s)
		}
		now = now.Add(time.Millisecond)
		if err := c.enter(now); err != nil {
			t.Fatal(err)
		}
		refused() // one call at a time tries
		c.leave(now, crash)
	}
	now = now.Add(time.Hour)
	call(nil)
	if s := c.suspension(now); s != nil {
		t.Fatalf("suspension %+v after a call that ended well", s)
	}
	for range circuitFailures - 1 {
		call(crash)
	}
	for trips := range 100 {
		if p := pauseAfter(trips); p <= 0 || p > circuitLongest {
			t.Fatalf("pause %v after %d", p, trips)
		}
	}
}

// An adapter that crashes is left alone after a few calls; another one is called as before.
func TestSuspended(t *testing.T) {
	t.Parallel()
	c := newCatalog(t, Config{}, map[string]module{"bad.wasm": good("bad").with(op(0x00)), "good.wasm": good("good")})
	for range c.config.Limits.Failures {
		var crash *PanicError
		if _, _, err := c.Step(t.Context(), "bad", sdk.Call{}); !errors.As(err, &crash) {
			t.Fatalf("%v, want a crash", err)
		}
	}
	var suspended *SuspendedError
	if _, _, err := c.Step(t.Context(), "bad", sdk.Call{}); !errors.As(err, &suspended) {
		t.Fatalf("%v, want a suspension", err)
	}
	if _, _, err := c.Step(t.Context(), "good", sdk.Call{}); err != nil {
		t.Fatal(err)
	}
	for _, p := range c.Plugins() {
		if got, want := p.Suspended != nil, p.Manifest.Key == "bad"; got != want {
			t.Errorf("%s suspended: %v", p.Manifest.Key, got)
		}
	}
}

// An adapter whose calls do not end has not all slots: those that wait for it keep others from nothing.
func TestOneAdapterLeavesSlotsToOthers(t *testing.T) {
	t.Parallel()
	endless := good("a").with(loop(op(0x0c, 0)), i64(0)).encode()
	c := newCatalog(t, Config{Dir: dropped(t, map[string][]byte{"a.wasm": endless}), Parallel: 3, Limits: Limits{Deadline: time.Minute}}, map[string]module{"b.wasm": good("b")})
	ctx, cancel := context.WithCancel(t.Context())
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() {
			if _, _, err := c.Step(ctx, "a", sdk.Call{}); !errors.Is(err, context.Canceled) {
				t.Errorf("%v, want the caller's end", err)
			}
		})
	}
	a, err := c.acquire("a")
	if err != nil {
		t.Fatal(err)
	}
	defer a.release()
	for len(a.turns) == 0 { // until one of them runs
		runtime.Gosched()
	}
	for range 20 { // with all slots taken, this would wait for a minute
		if _, _, err := c.Step(t.Context(), "b", sdk.Call{}); err != nil {
			t.Error(err)
		}
	}
	if n := cap(a.turns); n != 1 {
		t.Errorf("it may have %d calls at once, want 1 of 3", n)
	}
	cancel()
	calls.Wait()
}
