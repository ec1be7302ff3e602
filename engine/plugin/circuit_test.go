package plugin

import (
	"errors"
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
