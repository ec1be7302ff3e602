package egress

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// whoPasses lets requests wait one after the other while the limiter is blocked, and gives the order in which they pass.
func whoPasses(t *testing.T, l *Limiter, requests ...string) string {
	t.Helper()
	var (
		mu     sync.Mutex
		passed []string
		all    sync.WaitGroup
	)
	for _, r := range requests {
		p := map[byte]Priority{'n': Now, 'l': Live, 'b': Backfill}[r[0]]
		all.Go(func() {
			if err := l.Wait(t.Context(), p, r[1:]); err != nil {
				t.Errorf("%s: %v", r, err)
			}
			mu.Lock()
			defer mu.Unlock()
			passed = append(passed, r)
		})
		synctest.Wait()
	}
	all.Wait()
	return strings.Join(passed, " ")
}

func TestTurns(t *testing.T) {
	t.Parallel()
	for want, requests := range map[string][]string{
		"nC lA lA lA bD":       {"lA", "lA", "lA", "nC", "bD"},
		"n1 n2 l1 l2 b1 b2":    {"b1", "l1", "n1", "b2", "l2", "n2"},
		"lA lB lC lA lB lA lA": {"lA", "lA", "lA", "lA", "lB", "lB", "lC"},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := NewLimiter([]Rate{{5, time.Second}})
			l.said.blocked = time.Now().Add(2 * time.Second)
			if got := whoPasses(t, l, requests...); got != want {
				t.Errorf("passed %s, want %s", got, want)
			}
		})
	}
}

// A backfill has every tenth turn, however many others wait.
func TestBackfillsAreNotStarved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter([]Rate{{5, time.Second}})
		l.said.blocked = time.Now().Add(time.Second)
		requests := []string{"bZ"}
		for i := range 30 {
			requests = append(requests, fmt.Sprintf("n%d", i))
		}
		passed := strings.Fields(whoPasses(t, l, requests...))
		if at := slices.Index(passed, "bZ"); at != othersTurn-1 {
			t.Errorf("the backfill passed as number %d", at+1)
		}
	})
}

// A request that cannot have its turn within the patience of its priority learns so at once, and when there is room again.
func TestPatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(nil)
		l.said.blocked = time.Now().Add(30 * time.Second)
		began := time.Now()
		var e *Error
		if err := l.Wait(t.Context(), Now, "a"); !errors.As(err, &e) || e.Kind != ErrLimited || e.After != 30*time.Second || time.Since(began) != 0 {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if err := l.Wait(t.Context(), Live, "a"); err != nil || time.Since(began) != 30*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		// Blocked while it waits: it gives up when its patience ends.
		l = NewLimiter([]Rate{{1, 5 * time.Second}})
		if err := l.Wait(t.Context(), Live, "a"); err != nil {
			t.Fatal(err)
		}
		began = time.Now()
		time.AfterFunc(time.Second, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.block(time.Now(), time.Now().Add(time.Hour), "test")
		})
		if err := l.Wait(t.Context(), Live, "a"); !errors.As(err, &e) || time.Since(began) != time.Minute || e.After < 50*time.Minute {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if l.queue.len() != 0 {
			t.Errorf("%d still wait", l.queue.len())
		}
	})
}

// Whatever comes, and however often the process is stopped or killed, no window of any rate ever holds more than it may.
func TestNeverTooManyOverRestarts(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			rates := [][]Rate{{{5, time.Second}, {100, time.Hour}}, {{20, time.Minute}}, {{3, time.Second}, {40, time.Minute}, {300, 24 * time.Hour}}}[random.IntN(3)]
			most := 1 + random.IntN(2) // the limiters of others push this one out
			limits, known := NewLimits(most), false
			var passed []time.Time
			for range 2000 {
				switch random.IntN(40) {
				case 0: // killed
					limits, known = NewLimits(most), true
				case 1: // stopped
					saved := limits.Save()
					limits, known = NewLimits(most), true
					time.Sleep(time.Duration(random.Int64N(int64(time.Minute))))
					limits.Restore(saved)
				case 2:
					time.Sleep(time.Duration(random.Int64N(int64(rates[len(rates)-1].Per))))
				case 3:
					other := fmt.Sprint(random.IntN(3))
					_ = limits.Limiter(other, rates, random.IntN(2) == 0).Wait(t.Context(), Live, "x")
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.Int64N(int64(2*time.Second))))
				if random.IntN(40) == 0 {
					time.Sleep(time.Duration(random.Int64N(int64(time.Minute)))) // a start, and a while until it is asked for
				}
				if limits.Limiter("a", rates, known).Wait(ctx, Priority(random.IntN(3)), "x") == nil {
					passed = append(passed, time.Now())
				}
				cancel()
			}
			for _, r := range rates {
				for i := r.Requests; i < len(passed); i++ {
					// A second of a short window is not kept over a kill.
					if span := passed[i].Sub(passed[i-r.Requests]); r.Per >= longWindow && span < r.Per-time.Microsecond {
						t.Fatalf("seed %d, %v: %d requests within %v", seed, rates, r.Requests+1, span)
					}
				}
			}
			if len(passed) < 50 {
				t.Errorf("seed %d: only %d of 2000 passed", seed, len(passed))
			}
		})
	}
}

func TestSavedLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rates := []Rate{{5, time.Second}, {1000, 24 * time.Hour}}
		limits := NewLimits(0)
		l := limits.Limiter("a", rates, false)
		for range 5 {
			if err := l.Wait(t.Context(), Live, "a"); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		after := NewLimits(0)
		after.Restore(limits.Save())
		u := after.Limiter("a", rates, true).Usage()
		if len(u.Windows) != 2 || u.Windows[1].Used != 5 || u.Windows[1].Next.After(time.Now()) {
			t.Errorf("after a stop: %+v", u)
		}
		if u := NewLimits(0).Limiter("a", rates, true).Usage(); !u.Windows[1].Next.After(time.Now()) {
			t.Errorf("after a kill: %+v, want that the first request waits", u)
		}
		time.Sleep(25 * time.Hour)
		if u := l.Usage(); u.Windows[1].Used != 0 {
			t.Errorf("a day later: %+v", u)
		}
	})
}

func BenchmarkWait(b *testing.B) {
	l := NewLimiter([]Rate{{1 << 30, time.Second}, {1 << 40, 24 * time.Hour}})
	b.ReportAllocs()
	for b.Loop() {
		if err := l.Wait(b.Context(), Live, "a"); err != nil {
			b.Fatal(err)
		}
	}
}
