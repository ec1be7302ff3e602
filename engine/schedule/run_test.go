package schedule

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestFailuresBackOffUntilOneSucceeds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := setup(t, Config{}, func(_ context.Context, _ Item, nth int) Result { return Result{Failed: nth <= 20} })
		w.add(Now, item(time.Second))
		sleep(6 * time.Hour)
		at := w.polls("1/contacts")
		for i := 1; i <= 20; i++ {
			least, most := min(1<<(i-1)*time.Second, 450*time.Second), min(1<<i*time.Second, 15*time.Minute)
			if d := at[i].Sub(at[i-1]); d < least || d > most {
				t.Errorf("after failure %d: %v, want %v to %v", i, d, least, most)
			}
		}
		for i := 22; i < len(at); i++ {
			if d := at[i].Sub(at[i-1]); d != time.Second {
				t.Fatalf("after the success: %v, want the grid again", d)
			}
		}
		if len(at) < 3600 {
			t.Errorf("%d polls in all", len(at))
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := setup(t, Config{}, func(_ context.Context, _ Item, nth int) Result {
			return Result{Failed: nth == 1, RetryAfter: map[int]time.Duration{1: time.Hour, 2: 2 * time.Hour}[nth]}
		})
		w.add(Now, item(time.Minute))
		sleep(4 * time.Hour)
		at := w.polls("1/contacts")
		if d := at[1].Sub(at[0]); d != time.Hour {
			t.Errorf("after a failure: %v, want 1h", d)
		}
		if d := at[2].Sub(at[1]); d != 2*time.Hour {
			t.Errorf("after a success: %v, want 2h", d)
		}
		if d := at[3].Sub(at[2]); d > time.Minute {
			t.Errorf("then %v, want the grid again", d)
		}
	})
}

func TestAScanGoesOnAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := setup(t, Config{}, func(_ context.Context, _ Item, nth int) Result {
			time.Sleep(time.Second)
			return Result{Again: nth < 5}
		})
		w.add(Now, item(rarely))
		sleep(time.Minute)
		at := w.polls("1/contacts")
		if len(at) != 5 || at[4].Sub(at[0]) != 4*time.Second {
			t.Errorf("polled at %v, want five times without a pause", at)
		}
	})
}

func TestAPanicIsLoggedAndCountsAsAFailure(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var log bytes.Buffer
		c := Config{Workers: 1, Logger: slog.New(slog.NewJSONHandler(&log, nil))}
		w := setup(t, c, func(_ context.Context, _ Item, nth int) Result {
			switch nth {
			case 1:
				panic("index out of range")
			case 2:
				runtime.Goexit()
			}
			return Result{}
		})
		w.add(Now, item(time.Second))
		sleep(time.Minute)
		at := w.polls("1/contacts")
		if len(at) < 50 || at[1].Sub(at[0]) < time.Second || at[2].Sub(at[1]) < 2*time.Second {
			t.Fatalf("%d polls in a minute; want backoff after the first two and then the grid: %v", len(at), at)
		}
		for _, want := range []string{`"level":"ERROR"`, `"msg":"poll panicked"`, `"instance":1`, `"resource":"contacts"`, `"err":"index out of range"`, "run_test.go"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log has no %s: %s", want, log.String())
			}
		}
	})
}

func TestStopWaitsAndCostsNoAttempt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := setup(t, Config{}, func(ctx context.Context, _ Item, nth int) Result {
			if nth == 1 {
				<-ctx.Done()
				time.Sleep(3 * time.Second) // tidying up
			}
			return Result{Failed: true}
		})
		w.add(Now, item(time.Hour))
		sleep(time.Second)
		stopped := time.Now()
		w.stop()
		if d := time.Since(stopped); d != 3*time.Second {
			t.Errorf("Run returned %v after the stop, want 3s: at the end of its poll", d)
		}
		w.mu.Lock() // what is due stays due over a stop, and the failure is not counted
		failures := w.entries.at(w.index.get(1)).failures
		w.mu.Unlock()
		if failures != 0 {
			t.Errorf("the stop counts as %d failures", failures)
		}
		w.start()
		if got := w.count("1/contacts"); got != 2 {
			t.Errorf("%d polls after the next start, want 2", got)
		}
	})
}

func TestOnlyOneRun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := setup(t, Config{}, nil)
		synctest.Wait()
		if err := w.Run(t.Context()); err == nil {
			t.Error("a second Run is accepted")
		}
	})
}

func TestEarliestDueFirst(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := setup(t, Config{Workers: 1}, lasting(time.Minute))
		w.add(Now, item(rarely))
		var want []string
		for i := range 50 {
			sleep(time.Second)
			name := 100 + (i*37)%50
			w.add(Now, Item{int64(name), "r", rarely})
			want = append(want, fmt.Sprint(name, "/r"))
		}
		synctest.Wait()
		if got := w.Snapshot(); got != (Snapshot{Items: 51, Waiting: 50, Running: 1}) {
			t.Errorf("load %+v", got)
		}
		sleep(time.Hour)
		w.stop()
		if got := w.order[1:]; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("polled in the order %v, want the order of coming due", got)
		}
		if got := w.Snapshot(); got.Waiting != 0 || got.Running != 0 || got.Lag != 50*time.Minute-50*time.Second {
			t.Errorf("load %+v, want an idle scheduler and 49m10s: the last one came due at 50s and was started at 50m", got)
		}
	})
}

func TestOneInstanceDoesNotStarveOthers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := setup(t, Config{Workers: 8, PerInstance: 3}, lasting(10*time.Second))
		for i := range 1000 {
			w.add(Now, Item{1001, fmt.Sprintf("r%04d", i), rarely})
		}
		sleep(time.Second)
		if got := w.Snapshot().Running; got != 3 {
			t.Fatalf("%d polls of one instance are running, want 3", got)
		}
		asked := time.Now()
		for name := range int64(5) {
			name++
			w.add(Now, Item{name, "r", rarely})
			if at := w.polls(fmt.Sprint(name, "/r")); len(at) != 1 || !at[0].Equal(asked) {
				t.Errorf("%d is polled at %v, want at once: there are workers that the big one may not have", name, at)
			}
		}
	})
}

// All workers are allowed to the big instances, and they have many more resources than workers; a small one that comes later waits for
// one turn only.
func TestInstancesTakeTurns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := setup(t, Config{Workers: 2, PerInstance: 2}, lasting(10*time.Second))
		for i := range 500 {
			w.add(Now, Item{1001, fmt.Sprintf("r%04d", i), rarely}, Item{1002, fmt.Sprintf("r%04d", i), rarely})
		}
		sleep(time.Second)
		asked := time.Now()
		w.add(Now, Item{1003, "r", rarely})
		sleep(time.Minute)
		if at := w.polls("1003/r"); len(at) != 1 || at[0].Sub(asked) > 20*time.Second {
			t.Errorf("small is polled at %v, asked at %v; want within two rounds", at, asked)
		}
		sleep(3 * time.Hour)
		for i := range 500 {
			for _, instance := range []int{1001, 1002} {
				if name := fmt.Sprintf("%d/r%04d", instance, i); w.count(name) != 1 {
					t.Errorf("%s: %d polls, want 1", name, w.count(name))
				}
			}
		}
	})
}

// Random use, with a plain map of the wanted items as the truth; the world checks overlap and bounds at every poll.
func TestRandomUse(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			bubble(t, func(t *testing.T) { randomUse(t, rand.New(rand.NewPCG(seed, 2))) })
		})
	}
}

func randomUse(t *testing.T, r *rand.Rand) {
	w := setup(t, Config{Workers: 1 + r.IntN(4), PerInstance: 1 + r.IntN(3)}, func(ctx context.Context, it Item, nth int) Result {
		lasting(time.Duration(nth*7%4)*time.Second)(ctx, it, nth)
		return Result{Failed: nth%5 == 1, Again: nth%3 == 0, RetryAfter: time.Duration(nth%2) * time.Second}
	})
	type key struct {
		instance int64
		resource string
	}
	wanted := map[key]time.Duration{}
	for range 3000 {
		key := key{1 + r.Int64N(6), fmt.Sprint(r.IntN(4))}
		_, known := wanted[key]
		switch r.IntN(12) {
		case 0, 1, 2, 3:
			wanted[key] = time.Duration(1+r.IntN(20)) * time.Second
			w.add(First(r.IntN(2)), Item{key.instance, key.resource, wanted[key]})
		case 4:
			if delete(wanted, key); w.RemoveItem(key.instance, key.resource) != known {
				t.Fatalf("RemoveItem(%v) is not %v", key, known)
			}
		case 5:
			w.Remove(key.instance)
			for k := range wanted {
				if k.instance == key.instance {
					delete(wanted, k)
				}
			}
			if r.IntN(2) == 0 {
				if err := w.Wait(t.Context(), key.instance); err != nil || w.polling(key.instance) != 0 {
					t.Fatalf("after Wait: %v, %d running", err, w.polling(key.instance))
				}
			}
		case 6, 7:
			if w.PollNow(key.instance, key.resource) != known {
				t.Fatalf("PollNow(%v) is not %v", key, known)
			}
		case 8:
			if r.IntN(10) == 0 {
				w.stop()
				w.start()
			}
		default:
			sleep(time.Duration(r.IntN(3000)) * time.Millisecond)
		}
		if w.Len() != len(wanted) {
			t.Fatalf("%d items, want %d", w.Len(), len(wanted))
		}
	}
	// With workers to spare for everything, each wanted item is polled again soon, and nothing else is.
	synctest.Wait()
	from := time.Now()
	sleep(10 * time.Minute)
	w.stop()
	for name, at := range w.starts {
		var of key
		_, err := fmt.Sscanf(name, "%d/%s", &of.instance, &of.resource)
		_, known := wanted[of]
		if err != nil {
			t.Fatal(err)
		}
		recent := 0
		for _, a := range at {
			if a.After(from) {
				recent++
			}
		}
		if known && recent == 0 || !known && recent > 0 {
			t.Errorf("%s: wanted %v, polled %d times in the last ten minutes", name, known, recent)
		}
	}
	if len(w.heap.slots)+w.waiting != len(wanted) {
		t.Errorf("%d idle and %d ready entries for %d items", len(w.heap.slots), w.waiting, len(wanted))
	}
	for instance := range int64(6) {
		w.Remove(1 + instance)
	}
	if w.index.used+len(w.groups)+len(w.names.numbers)+len(w.heap.slots) != 0 || w.entries.made > 24 {
		t.Errorf("of nothing are left %d instances, %d groups, %d names and %d places; %d entries were made for at most 24 at once",
			w.index.used, len(w.groups), len(w.names.numbers), len(w.heap.slots), w.entries.made)
	}
}
