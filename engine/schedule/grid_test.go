package schedule

import (
	"fmt"
	"hash/fnv"
	"math"
	"testing"
	"time"
)

func TestTicksAreOneIntervalApartAndComeSoon(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 3, 29, 0, 59, 58, 7, time.UTC)
	for _, interval := range []time.Duration{time.Nanosecond, time.Second, 5 * time.Minute, 24 * time.Hour, 400 * 24 * time.Hour} {
		for id := range 100 {
			hash := hashOf(int64(id), "contacts")
			first := untilTick(from, hash, interval)
			if first <= 0 || first > interval {
				t.Fatalf("every %v, instance %d: first tick after %v", interval, id, first)
			}
			if next := untilTick(from.Add(first), hash, interval); next != interval {
				t.Fatalf("every %v, instance %d: a tick and then %v", interval, id, next)
			}
			if before := untilTick(from.Add(first-1), hash, interval); before != 1 {
				t.Fatalf("every %v, instance %d: one nanosecond before a tick, the next is after %v", interval, id, before)
			}
		}
	}
	if d := untilTick(time.Date(1960, 1, 1, 0, 0, 0, 5, time.UTC), 3, time.Minute); d <= 0 || d > time.Minute {
		t.Errorf("a clock before 1970: tick after %v", d)
	}
}

// Consecutive ids are what organizations really have; every tenth of the span must get about a tenth of them (4 sigma).
func TestFirstPollsSpreadEvenlyWithinTheBound(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	const limit, n = 5 * time.Minute, 10000
	for _, interval := range []time.Duration{time.Second, time.Minute, limit, 6 * time.Minute, 15 * time.Minute, 24 * time.Hour} {
		var tenths [10]int
		bound := min(interval, limit)
		for id := range n {
			d := untilFirst(now, hashOf(int64(430000+id), "contacts"), interval, limit)
			if d <= 0 || d > bound {
				t.Fatalf("every %v, instance %d: first poll after %v, want within %v", interval, id, d, bound)
			}
			tenths[(d-1)*10/bound]++
		}
		for i, got := range tenths {
			if got < n/10-120 || got > n/10+120 {
				t.Errorf("every %v: %d of %d first polls in tenth %d of the span", interval, got, n, i)
			}
		}
	}
}

func TestHashIsStableAndSeparates(t *testing.T) {
	t.Parallel()
	for _, c := range []Item{{Instance: 1}, {Instance: 430001, Resource: "contacts"}, {Instance: math.MaxInt64, Resource: "ü/b"}} {
		h := fnv.New64a() // the published algorithm
		fmt.Fprintf(h, "%d\x00%s", c.Instance, c.Resource)
		if got, want := hashOf(c.Instance, c.Resource), mix(h.Sum64()); got != want {
			t.Errorf("hashOf(%d, %q) = %x, want %x", c.Instance, c.Resource, got, want)
		}
	}
	if got := mix(1); got != 0xb456bcfc34c2cb2c { // fmix64 of MurmurHash3's reference code
		t.Errorf("mix(1) = %x", got)
	}
	if hashOf(12, "c") == hashOf(1, "2c") {
		t.Error("the border between instance and resource is lost")
	}
}
