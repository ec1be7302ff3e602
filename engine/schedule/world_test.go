package schedule

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a scheduler whose polls are recorded. It checks at every poll what must hold always: no item twice at once, and no more
// polls than workers, nor than PerInstance of one instance.
type world struct {
	*Scheduler
	t    *testing.T
	stop func() // ends Run and waits for it

	mu      sync.Mutex
	starts  map[string][]time.Time // by "instance/resource"
	order   []string
	running map[string]int // by item and by instance
	total   int
	answer  func(ctx context.Context, item Item, nth int) Result
}

// setup makes a running scheduler in the current bubble. answer is what a poll does; nth counts the polls of the item from 1.
func setup(t *testing.T, c Config, answer func(ctx context.Context, item Item, nth int) Result) *world {
	t.Helper()
	w := &world{t: t, starts: map[string][]time.Time{}, running: map[string]int{}, answer: answer}
	c.Run = w.poll
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	w.Scheduler = s
	w.start()
	t.Cleanup(func() { w.stop() })
	return w
}

func (w *world) start() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("Run: %v", err)
		}
		if n := w.Snapshot().Running; n != 0 {
			w.t.Errorf("Run returned while %d polls were running", n)
		}
	})
}

func (w *world) poll(ctx context.Context, item Item) Result {
	name := fmt.Sprint(item.Instance, "/", item.Resource)
	nth := w.enter(item, name)
	defer w.leave(item, name)
	if w.answer == nil {
		return Result{}
	}
	return w.answer(ctx, item, nth)
}

func (w *world) enter(item Item, name string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.total++
	w.running[name]++
	w.running[fmt.Sprint(item.Instance)]++
	if w.running[name] > 1 || w.running[fmt.Sprint(item.Instance)] > w.config.PerInstance || w.total > w.config.Workers {
		w.t.Errorf("%s starts: %d of the item, %d of the instance, %d in all are running", name, w.running[name], w.running[fmt.Sprint(item.Instance)], w.total)
	}
	w.starts[name] = append(w.starts[name], time.Now())
	w.order = append(w.order, name)
	return len(w.starts[name])
}

func (w *world) leave(item Item, name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.total--
	w.running[name]--
	w.running[fmt.Sprint(item.Instance)]--
}

func (w *world) add(first First, items ...Item) {
	w.t.Helper()
	for _, it := range items {
		if err := w.Add(it, first); err != nil {
			w.t.Fatal(err)
		}
	}
}

// polls waits until nothing moves any more and returns when an item was polled.
func (w *world) polls(name string) []time.Time {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]time.Time(nil), w.starts[name]...)
}

func (w *world) count(name string) int { return len(w.polls(name)) }

func (w *world) polling(instance int64) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.running[fmt.Sprint(instance)]
}

func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, f)
}

// sleep is the passing of time in a bubble; nothing really waits.
func sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// rarely is an interval whose grid stays out of a test's way.
const rarely = 3650 * 24 * time.Hour

func item(interval time.Duration) Item { return Item{1, "contacts", interval} }

func items(n int, interval time.Duration) []Item {
	list := make([]Item, n)
	for i := range list {
		list[i] = Item{int64(100000 + i), "contacts", interval}
	}
	return list
}

// lasting is an answer that takes a while, or until the stop.
func lasting(d time.Duration) func(context.Context, Item, int) Result {
	return func(ctx context.Context, _ Item, _ int) Result {
		select {
		case <-time.After(d):
			return Result{}
		case <-ctx.Done():
			return Result{Failed: true}
		}
	}
}
