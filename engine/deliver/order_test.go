package deliver

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/store"
)

// TestOrderUnderRandomFaults lets everything fail at random (answers, commits applied or not, reads, the look-up of targets, the process)
// while rows arrive, and then holds what the callbacks saw against invariants 1, 3 and 8.
func TestOrderUnderRandomFaults(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { chaos(t, rand.New(rand.NewPCG(seed, 7))) })
		})
	}
}

func chaos(t *testing.T, random *rand.Rand) {
	const instances, rows = 8, 30
	w := newWorld(t)
	dice := func(n int) (hit bool) {
		w.set(func() { hit = random.IntN(n) == 0 })
		return hit
	}
	number := func(n int) (drawn int) {
		w.set(func() { drawn = random.IntN(n) })
		return drawn
	}
	var acknowledged []string // in order of the callbacks' 2xx
	w.answer = func(ctx context.Context, p post) (Answer, error) {
		select {
		case <-time.After(time.Duration(number(20_000)) * time.Millisecond):
		case <-ctx.Done():
			return Answer{}, ctx.Err()
		}
		switch number(5) {
		case 0:
			return Answer{}, errDown
		case 1:
			return Answer{Status: 503, Header: http.Header{"Retry-After": {"7"}}}, nil
		}
		w.set(func() { acknowledged = append(acknowledged, p.id) })
		return Answer{Status: 202}, nil
	}
	w.target = func(instance string) (Target, error) {
		switch number(10) {
		case 0:
			return Target{}, errDisk
		case 1:
			return Target{}, nil
		}
		return Target{URL: "https://one.example/" + instance, Enabled: true}, nil
	}
	w.store.read = func(store.Lane, store.Seq, int) error {
		if dice(10) {
			return errDisk
		}
		return nil
	}
	var excused []string // rows whose drop was not applied, or not known to be
	w.store.commit = func(c store.Change) (bool, error) {
		if dice(6) {
			return dice(2), errDisk
		}
		return true, nil
	}

	var running *Sender
	var stop func()
	start := func() {
		running = w.sender(func(c *Config) {
			c.HostWorkers = 1 + number(4)
			c.Workers, c.CacheBytes, c.Grace = 1+number(6), 1+number(100), time.Duration(number(10)-1)*time.Second
		})
		stop = w.run(running)
	}
	start()
	want := map[string][]string{}
	for i := range rows {
		for lane := range instances {
			instance := fmt.Sprint("i", lane)
			id := fmt.Sprintf("%s-%03d", instance, i)
			want[instance] = append(want[instance], id)
			if dice(4) {
				running.Wake(store.Lane{Instance: instance}, w.emit(instance, id))
			} else {
				running.Take(w.commit(instance, id))
			}
		}
		time.Sleep(time.Duration(number(30)) * time.Second)
		if dice(8) {
			stop()
			excused = append(excused, w.allWaiting(instances)...)
			start()
		}
	}
	for range 1000 {
		time.Sleep(10 * time.Minute)
		if len(w.allWaiting(instances)) == 0 && running.Stats() == (Stats{}) {
			break
		}
	}
	synctest.Wait()
	if got := running.Stats(); got != (Stats{}) || running.queue.cached != 0 {
		t.Errorf("stats at the end: %+v, cached %d", got, running.queue.cached)
	}
	w.spent(running)
	stop()
	w.judge(t, want, acknowledged, excused)
}

func (w *world) allWaiting(instances int) (ids []string) {
	for lane := range instances {
		ids = append(ids, w.waiting(fmt.Sprint("i", lane))...)
	}
	return ids
}

// judge: every row was taken; rows of a lane were first sent in order, none before its predecessor's 2xx; nothing was sent again after a
// 2xx unless a process ended before its drop; a repeat has the same bytes.
func (w *world) judge(t *testing.T, want map[string][]string, acknowledged, excused []string) {
	t.Helper()
	for _, instance := range slices.Sorted(maps.Keys(want)) {
		var firsts []string
		bodies := map[string]string{}
		for _, p := range w.posts {
			if !strings.HasPrefix(p.id, instance+"-") {
				continue
			}
			if body, again := bodies[p.id]; !again {
				firsts = append(firsts, p.id)
				bodies[p.id] = p.body
			} else if body != p.body {
				t.Errorf("%s was sent with two bodies", p.id)
			}
			if last := firsts[len(firsts)-1]; p.id != last {
				t.Errorf("%s was sent again after %s", p.id, last)
			}
		}
		if diff := cmp.Diff(want[instance], firsts); diff != "" {
			t.Errorf("order of %s: %s", instance, diff)
		}
		taken := slices.DeleteFunc(slices.Clone(acknowledged), func(id string) bool { return !strings.HasPrefix(id, instance+"-") })
		if diff := cmp.Diff(want[instance], slices.Compact(slices.Clone(taken))); diff != "" {
			t.Errorf("2xx of %s: %s", instance, diff)
		}
		for i := 1; i < len(taken); i++ {
			if taken[i] == taken[i-1] && !slices.Contains(excused, taken[i]) {
				t.Errorf("%s was taken twice without a restart", taken[i])
			}
		}
	}
}

func TestDrainsAndReadsForward(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const lanes, rows = 10, 1000
		w := newWorld(t)
		want, first := map[string][]string{}, map[string]store.Seq{}
		for i := range lanes {
			instance := fmt.Sprint("i", i)
			want[instance] = names(instance, rows)
			first[instance] = w.emit(instance, want[instance]...)[0]
		}
		quick := &quickPoster{ids: map[string][]string{}} // looking for earlier posts of an id would make this test quadratic
		s := w.sender(func(c *Config) { c.Poster = quick })
		stop := w.run(s)
		synctest.Wait()
		stop()
		if diff := cmp.Diff(want, quick.ids); diff != "" {
			t.Error(diff)
		}
		for instance := range want {
			reads := w.store.readsOf(instance)
			if reads[0] != first[instance]-1 || !slices.IsSorted(reads) || len(slices.Compact(slices.Clone(reads))) != len(reads) {
				t.Errorf("the outbox of %s was read from its beginning, or a part of it twice", instance)
			}
			if len(reads) > rows/aheadRows+10 {
				t.Errorf("%d reads for %d rows", len(reads), rows)
			}
		}
		if got := s.Stats(); got != (Stats{}) {
			t.Errorf("stats: %+v", got)
		}
	})
}

type quickPoster struct {
	mu  sync.Mutex
	ids map[string][]string
}

func (q *quickPoster) Post(_ context.Context, _ string, h http.Header, _ []byte) (Answer, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	id := h.Get("webhook-id")
	instance, _, _ := strings.Cut(id, "-")
	q.ids[instance] = append(q.ids[instance], id)
	return Answer{Status: 200}, nil
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		const size, workers, limit = 100 << 10, 4, 500 << 10
		total := 0
		for i := range 50 {
			instance := fmt.Sprint("i", i)
			var rows []store.Notification
			for n := range 8 {
				rows = append(rows, store.Notification{Lane: store.Lane{Instance: instance}, ID: fmt.Sprint(instance, "-", n), Payload: make([]byte, size)})
			}
			if _, err := store.One(w.store.Store.Commit(t.Context(), store.Change{Emit: rows})); err != nil {
				t.Fatal(err)
			}
			total += len(rows)
		}
		most := 0
		var s *Sender
		w.answer = func(context.Context, post) (Answer, error) {
			s.queue.mu.Lock()
			most = max(most, s.queue.cached)
			s.queue.mu.Unlock()
			time.Sleep(time.Second)
			return Answer{Status: 200}, nil
		}
		s = w.sender(func(c *Config) { c.Workers, c.CacheBytes = workers, limit })
		stop := w.run(s)
		time.Sleep(time.Hour)
		stop()
		if len(w.ids()) != total {
			t.Errorf("%d posts, want %d", len(w.ids()), total)
		}
		if most <= size || most > limit+workers*size {
			t.Errorf("cached %d bytes, limit %d and one row of %d for each of %d workers", most, limit, size, workers)
		}
	})
}
