package schedule

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestConfigAndItemsAreChecked(t *testing.T) {
	t.Parallel()
	run := func(context.Context, Item) Result { return Result{} }
	for want, c := range map[string]Config{
		"Config.Run": {},
		"Workers -1": {Run: run, Workers: -1},
		"Spread -1s": {Run: run, Spread: -time.Second},
	} {
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New(%+v): %v, want a word about %q", c, err, want)
		}
	}
	s, err := New(Config{Run: run})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []Item{{}, {0, "r", 1}, {-1, "r", 1}, {1, "", 1}, {1, "r", 0}, {1, "r", -1}, {1, "r", 1 << 62}} {
		if err := s.Add(bad, Now); err == nil {
			t.Errorf("Add(%+v) is accepted", bad)
		}
	}
	if s.Len() != 0 {
		t.Errorf("%d items after refused ones", s.Len())
	}
}

func TestNewItemIsPolledAtOnceThenOnItsGrid(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := setup(t, Config{}, nil)
		added := time.Now()
		w.add(Now, item(time.Minute))
		sleep(time.Hour)
		at := w.polls("1/contacts")
		if len(at) != 61 || !at[0].Equal(added) {
			t.Fatalf("%d polls in an hour, the first after %v; want 61, at once", len(at), at[0].Sub(added))
		}
		if d := at[1].Sub(at[0]); d <= 0 || d > time.Minute {
			t.Errorf("first tick after %v", d)
		}
		for i := 2; i < len(at); i++ {
			if d := at[i].Sub(at[i-1]); d != time.Minute {
				t.Errorf("poll %d came %v after the one before", i, d)
			}
		}
		next, ok := w.Next(1, "contacts")
		if want := at[60].Add(time.Minute); !ok || !next.Equal(want) {
			t.Errorf("Next = %v, %v; want %v", next, ok, want)
		}
		w.stop()

		// After a restart the grid is the same.
		again := setup(t, Config{}, nil)
		again.add(Spread, item(time.Minute))
		sleep(10 * time.Minute)
		for _, a := range again.polls("1/contacts") {
			if off := a.Sub(at[1]) % time.Minute; off != 0 {
				t.Errorf("after a restart polled %v off the grid", off)
			}
		}
	})
}

func TestTenThousandItemsArePolledOncePerInterval(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const n, interval = 10000, 10 * time.Minute
		w := setup(t, Config{}, nil)
		all := items(n, interval)
		w.add(Spread, all...)
		sleep(5 * time.Minute)
		for _, it := range all {
			if got := w.count(fmt.Sprint(it.Instance, "/contacts")); got != 1 {
				t.Fatalf("instance %d: %d polls within the spread, want 1", it.Instance, got)
			}
		}
		sleep(5 * interval)
		for _, it := range all {
			if got := w.count(fmt.Sprint(it.Instance, "/contacts")); got < 6 || got > 7 { // 5 ticks, or a sixth at the very edge of 55 minutes, after the first
				t.Fatalf("instance %d: %d polls after five intervals more", it.Instance, got)
			}
		}
		if got := w.Len(); got != n {
			t.Errorf("Len = %d", got)
		}
	})
}

// Not parallel: it counts the goroutines of the process.
func TestIdleItemsCostNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := runtime.NumGoroutine()
		w := setup(t, Config{}, nil)
		w.add(Spread, items(10000, time.Hour)...)
		synctest.Wait()
		if more := runtime.NumGoroutine() - before; more > 3 {
			t.Errorf("%d goroutines for 10,000 idle items", more)
		}
	})
}

func TestOverrunIsNotMadeUpFor(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := setup(t, Config{}, lasting(210*time.Second)) // 3.5 intervals
		w.add(Spread, item(time.Minute))
		sleep(time.Hour)
		at := w.polls("1/contacts")
		if len(at) < 14 {
			t.Fatalf("%d polls in an hour", len(at))
		}
		for i := 1; i < len(at); i++ {
			if d := at[i].Sub(at[i-1]); d != 4*time.Minute {
				t.Errorf("poll %d came %v after the one before, want the first tick after its end", i, d)
			}
		}
	})
}

func TestAddReplaces(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := setup(t, Config{}, nil)
		w.add(Spread, item(24*time.Hour))
		changed := time.Now()
		w.add(Spread, item(time.Second))
		sleep(10 * time.Second)
		at := w.polls("1/contacts")
		if len(at) != 10 || at[0].Sub(changed) > time.Second || w.Len() != 1 {
			t.Errorf("%d polls in ten seconds, %d items; want 10 and 1", len(at), w.Len())
		}
	})
}

func TestAddForgetsFailures(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := setup(t, Config{}, func(context.Context, Item, int) Result { return Result{Failed: true} })
		w.add(Now, item(time.Second))
		sleep(time.Hour)
		before := w.count("1/contacts")
		w.add(Now, item(time.Second))
		sleep(time.Hour)
		at := w.polls("1/contacts")[before:]
		if d := at[1].Sub(at[0]); d > 2*time.Second {
			t.Errorf("the second poll came %v after the first, want the backoff to begin anew", d)
		}
	})
}

func TestAddWhileRunningCountsAfresh(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := setup(t, Config{}, func(_ context.Context, _ Item, nth int) Result {
			time.Sleep(10 * time.Second)
			return Result{Failed: nth == 1, RetryAfter: time.Hour}
		})
		w.add(Now, item(time.Minute))
		sleep(time.Second)
		w.add(Now, item(time.Minute))
		sleep(10 * time.Second)
		at := w.polls("1/contacts")
		if len(at) != 2 || at[1].Sub(at[0]) != 10*time.Second {
			t.Errorf("polled at %v; want the replacing item at the end of the running poll, whatever that poll says", at)
		}
	})
}

// An item that is there keeps its next poll; one that is not is added.
func TestAddMissing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := setup(t, Config{}, func(context.Context, Item, int) Result { return Result{} })
		item := Item{Instance: 1, Resource: "contacts", Interval: time.Hour}
		if err := w.Add(item, Now); err != nil {
			t.Fatal(err)
		}
		if err := w.AddMissing(item, Spread); err != nil {
			t.Fatal(err)
		}
		if due, ok := w.Next(1, "contacts"); !ok || due.After(time.Now()) {
			t.Errorf("due %v, %t; want now", due, ok)
		}
		w.RemoveItem(1, "contacts")
		if err := w.AddMissing(item, Now); err != nil {
			t.Fatal(err)
		}
		if _, ok := w.Next(1, "contacts"); !ok {
			t.Error("not added")
		}
	})
}

func TestPollNow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := setup(t, Config{}, func(_ context.Context, _ Item, _ int) Result {
			time.Sleep(10 * time.Second)
			return Result{Failed: true, RetryAfter: time.Hour}
		})
		if w.PollNow(1, "contacts") {
			t.Error("an unknown item is polled")
		}
		w.add(Spread, item(rarely))
		for want := 1; want <= 3; want += 2 {
			if !w.PollNow(1, "contacts") || w.count("1/contacts") != want {
				t.Fatalf("idle: %d polls, want %d", w.count("1/contacts"), want)
			}
			sleep(time.Second)
			for range 5 { // while it is running: one more after it, not five, and none at once
				w.PollNow(1, "contacts")
			}
			if got := w.count("1/contacts"); got != want {
				t.Fatalf("while running: %d polls, want %d", got, want)
			}
			sleep(30 * time.Second)
			if got := w.count("1/contacts"); got != want+1 {
				t.Fatalf("after the running one: %d polls, want %d", got, want+1)
			}
		}
	})
}

func TestRemoveWhileRunning(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := setup(t, Config{}, lasting(10*time.Second))
		w.add(Now, item(time.Second), Item{1, "messages", time.Second}, Item{2, "contacts", time.Second})
		sleep(time.Second)
		before := time.Now()
		w.Remove(1)
		if w.PollNow(1, "contacts") || w.RemoveItem(1, "contacts") || w.Len() != 1 || time.Since(before) != 0 {
			t.Errorf("Remove waited for a poll, or left something: %d items", w.Len())
		}
		if _, ok := w.Next(1, "contacts"); ok {
			t.Error("a removed item has a next poll")
		}
		if err := w.Wait(t.Context(), 1); err != nil || time.Since(before) != 9*time.Second {
			t.Errorf("Wait returned %v after %v, want nil when the polls have ended, after 9s", err, time.Since(before))
		}
		if err := w.Wait(t.Context(), 1); err != nil {
			t.Errorf("Wait for nothing: %v", err)
		}
		sleep(time.Hour)
		if a, b := w.count("1/contacts"), w.count("1/messages"); a != 1 || b != 1 {
			t.Errorf("removed items were polled %d and %d times", a, b)
		}
		w.stop()
		if w.index.used != 1 || len(w.groups) != 0 || len(w.ended) != 0 {
			t.Errorf("%d instances, %d groups and %d waits are still known, want 1, 0 and 0", w.index.used, len(w.groups), len(w.ended))
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := setup(t, Config{}, lasting(time.Hour))
		w.add(Now, item(time.Second))
		synctest.Wait()
		w.add(Spread, Item{2, "contacts", time.Hour})
		if err := w.Wait(t.Context(), 2); err != nil || w.Snapshot().Running != 1 {
			t.Errorf("Wait for an idle instance: %v; want nil at once", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := w.Wait(ctx, 1); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "polls of 1:") {
			t.Errorf("Wait = %v", err)
		}
	})
}

func TestRemovedAndAddedAgainDoesNotOverlap(t *testing.T) {
	bubble(t, func(t *testing.T) { // the world checks the overlap
		w := setup(t, Config{}, lasting(10*time.Second))
		w.add(Now, item(rarely))
		sleep(time.Second)
		for _, remove := range []func(){func() { w.Remove(1) }, func() { w.RemoveItem(1, "contacts") }} {
			remove()
			w.add(Now, item(rarely))
		}
		if w.count("1/contacts") != 1 || w.Len() != 1 {
			t.Fatalf("%d polls and %d items", w.count("1/contacts"), w.Len())
		}
		sleep(time.Minute)
		at := w.polls("1/contacts")
		if len(at) != 2 || at[1].Sub(at[0]) != 10*time.Second {
			t.Errorf("polled at %v, want twice, the second time at the end of the first poll", at)
		}
	})
}

func TestRemoveItemLeavesTheOthers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := setup(t, Config{}, nil)
		names := []string{"d", "b", "a", "c"}
		for _, r := range names {
			w.add(Spread, Item{1, r, time.Minute})
		}
		if !w.RemoveItem(1, "b") || w.RemoveItem(1, "b") || w.RemoveItem(1, "x") || w.RemoveItem(2, "a") {
			t.Error("RemoveItem reports wrongly whether there was one")
		}
		sleep(time.Minute)
		for _, r := range names {
			if got, want := w.count("1/"+r), map[bool]int{true: 0, false: 1}[r == "b"]; got != want {
				t.Errorf("%s: %d polls, want %d", r, got, want)
			}
		}
	})
}

// After a start with very many items their first polls come over a longer time, each within its interval; one that a user has just made does not
// wait with them.
func TestStretchedFirstPolls(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const n, limit = 6000, time.Hour
		w := setup(t, Config{Workers: n}, nil)
		w.stop()
		for i := range n {
			interval := 4 * time.Hour
			if i%2 == 0 {
				interval = 10 * time.Minute
			}
			if err := w.Add(Item{int64(i + 1), "r", interval}, Start); err != nil {
				t.Fatal(err)
			}
		}
		w.add(Now, Item{n + 1, "r", time.Hour})
		sleep(20 * time.Minute) // they were many to read: nothing has come due meanwhile
		began := time.Now()
		w.Begin(limit)
		w.start()
		sleep(limit)
		w.stop()
		if at := w.polls(fmt.Sprint(n+1, "/r")); !at[0].Equal(began) {
			t.Errorf("what is due at once was polled after %v", at[0].Sub(began))
		}
		quarters := [4]int{}
		for i := range n {
			at := w.polls(fmt.Sprint(i+1, "/r"))
			if len(at) == 0 {
				t.Fatalf("%d was not polled within %v", i, limit)
			}
			if first := at[0].Sub(began); i%2 == 0 && first > 10*time.Minute {
				t.Errorf("%d: first polled after %v, its interval is 10m", i, first)
			} else if i%2 == 1 {
				quarters[min(int(first*4/limit), 3)]++
			}
		}
		for _, got := range quarters {
			if got < n/2/4*8/10 || got > n/2/4*12/10 {
				t.Errorf("first polls in each quarter: %v, want about the same", quarters)
			}
		}
	})
}
