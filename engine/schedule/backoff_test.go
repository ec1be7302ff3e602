package schedule

import (
	"testing"
	"time"
)

func TestBackoffGrowsWithinItsBounds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		failures    uint16
		least, most time.Duration
	}{
		{1, time.Second, 2 * time.Second},
		{2, 2 * time.Second, 4 * time.Second},
		{9, 256 * time.Second, 512 * time.Second},
		{10, 450 * time.Second, 15 * time.Minute},
		{33, 450 * time.Second, 15 * time.Minute},
		{64, 450 * time.Second, 15 * time.Minute},
		{65, 450 * time.Second, 15 * time.Minute},
		{1 << 15, 450 * time.Second, 15 * time.Minute},
	} {
		seen := map[time.Duration]bool{}
		for range 200 {
			d := backoff(c.failures)
			if d < c.least || d > c.most {
				t.Fatalf("failure %d: %v, want %v to %v", c.failures, d, c.least, c.most)
			}
			seen[d] = true
		}
		if len(seen) < 100 {
			t.Errorf("failure %d: only %d different waits of 200", c.failures, len(seen))
		}
	}
}

func TestUntilNext(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		result Result
		tick   time.Duration
		want   time.Duration
	}{
		"the grid":                         {Result{}, time.Minute, time.Minute},
		"a scan goes on":                   {Result{Again: true}, time.Minute, 0},
		"a late tick outlasts backoff":     {Result{Failed: true}, time.Hour, time.Hour},
		"a failed scan does not go on":     {Result{Failed: true, Again: true}, time.Hour, time.Hour},
		"the provider's word":              {Result{Failed: true, RetryAfter: time.Hour}, time.Second, time.Hour},
		"the provider's word, no failure":  {Result{RetryAfter: time.Hour}, time.Second, time.Hour},
		"the provider's word, scan":        {Result{Again: true, RetryAfter: time.Minute}, time.Hour, time.Minute},
		"the provider's word is soon over": {Result{RetryAfter: time.Second}, time.Minute, time.Minute},
		"the provider's word is absurd":    {Result{RetryAfter: 1 << 62}, time.Minute, 24 * time.Hour},
		"the provider's word is negative":  {Result{RetryAfter: -time.Hour}, time.Minute, time.Minute},
	} {
		if got := untilNext(c.result, 1, c.tick); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
