package deliver

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// In every span of time no more pass than the rate allows for it and one second's burst, and whoever comes at the time he was told may pass.
func TestPace(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(0.01, 2000).Draw(t, "rate")
		p := pace{every: interval(rate)}
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		var passed []time.Time
		for range 300 {
			if !p.free(now) {
				if now = p.next(); !p.free(now) {
					t.Fatalf("at the time that it told, %v, it does not let pass", now)
				}
			}
			p.take(now)
			passed = append(passed, now)
			if rapid.IntRange(0, 9).Draw(t, "rest") == 0 {
				now = now.Add(time.Duration(rapid.Int64Range(0, int64(4*time.Second)).Draw(t, "rests")))
			}
		}
		burst := max(1, rate)
		for i := range passed {
			for j := i; j < len(passed); j += 7 {
				span := passed[j].Sub(passed[i]).Seconds()
				if allowed := burst + rate*span; float64(j-i+1) > allowed*1.001+1e-6 {
					t.Fatalf("%d passed within %v s at a rate of %v", j-i+1, span, rate)
				}
			}
		}
	})
}

func TestRatesThatAreNone(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{0, -1, math.NaN(), math.Inf(1), math.Inf(-1), 1e300} {
		if got := interval(rate); got != 0 {
			t.Errorf("interval(%v) = %v, want none", rate, got)
		}
	}
	if got := interval(1e-300); got != slowest {
		t.Errorf("interval(1e-300) = %v, want %v", got, slowest)
	}
}

func TestPaceOfAnotherRate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	p := pace{every: time.Hour}
	p.take(now)
	p.set(interval(10), now)
	if wait := p.next().Sub(now); wait > time.Second {
		t.Errorf("after a slower rate the next waits %v", wait)
	}
	p.set(0, now)
	if !p.free(now) || !p.rested(now) {
		t.Error("without a rate something waits")
	}
}
