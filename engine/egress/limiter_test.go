package egress

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// times lets n callers through a limiter at once and tells when each passed.
func times(t *testing.T, l *Limiter, n int) []time.Time {
	t.Helper()
	var (
		mu     sync.Mutex
		passed []time.Time
		all    sync.WaitGroup
	)
	for i := range n {
		all.Go(func() {
			for {
				err := l.Wait(t.Context(), Live, fmt.Sprint(i%3))
				var e *Error
				if err == nil {
					break
				}
				if !errors.As(err, &e) || e.Kind != ErrLimited || e.After <= 0 {
					t.Error(err)
					return
				}
				time.Sleep(e.After)
			}
			mu.Lock()
			defer mu.Unlock()
			passed = append(passed, time.Now())
		})
	}
	all.Wait()
	slices.SortFunc(passed, time.Time.Compare)
	return passed
}

func TestLimiterHoldsInEveryWindow(t *testing.T) {
	t.Parallel()
	for _, rates := range [][]Rate{
		{{5, time.Second}}, {{1, time.Second}}, {{2, time.Second}}, {{100, time.Minute}}, {{5, time.Second}, {60, time.Minute}}, {{60, time.Minute}, {5, time.Second}},
		{{10, time.Second}, {12, 10 * time.Second}, {200, time.Hour}},
	} {
		synctest.Test(t, func(t *testing.T) {
			passed := times(t, NewLimiter(rates), 150)
			for _, r := range rates {
				for i := r.Requests; i < len(passed); i++ {
					if span := passed[i].Sub(passed[i-r.Requests]); span < r.Per-time.Microsecond {
						t.Fatalf("%v: %d requests within %v", rates, r.Requests+1, span)
					}
				}
			}
		})
	}
}

func TestLimiterKeepsMostOfTheRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		passed := times(t, NewLimiter([]Rate{{5, time.Second}, {30_000, 24 * time.Hour}}), 401)
		if span := passed[400].Sub(passed[0]); span > 101*time.Second {
			t.Errorf("401 requests took %v, want 4 a second", span)
		}
	})
}

func TestLimiterGivesUpByContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter([]Rate{{1, time.Hour}})
		if err := l.Wait(t.Context(), Live, "a"); err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := l.Wait(ctx, Live, "a"); !errors.Is(err, ErrLimited) || time.Since(started) != 0 {
			t.Errorf("%v after %v, want limited at once", err, time.Since(started))
		}
		l = NewLimiter([]Rate{{1, 30 * time.Second}})
		if err := l.Wait(t.Context(), Live, "a"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if err := l.Wait(ctx, Live, "a"); !errors.Is(err, ErrCanceled) {
			t.Errorf("%v, want canceled", err)
		}
	})
	var none *Limiter
	if none.Wait(t.Context(), Live, "a") != nil || NewLimiter([]Rate{{0, 0}}).Wait(t.Context(), Live, "a") != nil {
		t.Error("no rates must not limit")
	}
}

func TestDoWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	l := NewLimiter([]Rate{{1, time.Hour}})
	if err := l.Wait(t.Context(), Live, "a"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := local(t).Do(ctx, Request{Base: "http://127.0.0.1:1", Query: []Param{{"key", "CANARY"}}, Limiter: l})
	if !errors.Is(err, ErrLimited) || !strings.HasPrefix(err.Error(), "GET http://127.0.0.1:1: rate limited: the next request is allowed in ") {
		t.Errorf("%v, want limited", err)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	rates := []Rate{{1, time.Hour}}
	limits := NewLimits(3)
	busy := limits.Limiter("busy", rates, false)
	if err := busy.Wait(t.Context(), Live, "a"); err != nil {
		t.Fatal(err)
	}
	if limits.Limiter("busy", rates, false) != busy || limits.Limiter("other", rates, false) == busy {
		t.Error("a key must keep its own limiter")
	}
	for i := range 100 {
		limits.Limiter(fmt.Sprint(i), rates, false)
	}
	if len(limits.byKey) != 3 || limits.used.Len() != 3 {
		t.Errorf("%d limiters are kept, want 3", len(limits.byKey))
	}
	if limits.Limiter("busy", rates, false) != busy {
		t.Error("a limiter that owes was dropped before those that do not")
	}
	if limits.Limiter("busy", []Rate{{2, time.Hour}}, false) == busy {
		t.Error("other rates need another limiter")
	}
	limits.Remove("busy")
	limits.Remove("busy")
	if len(limits.byKey) != 2 {
		t.Error("not removed")
	}
}
