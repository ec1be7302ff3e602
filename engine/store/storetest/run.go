package storetest

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/store"
)

// Open makes an empty store that asks now for the time. The suite closes it.
type Open func(t *testing.T, now func() time.Time) store.Store

// Run holds the stores that open makes to the definition. Each subtest has a store of its own.
func Run(t *testing.T, open Open) {
	t.Helper()
	for _, group := range []map[string]func(*world){
		readTests, findTests, commitTests, outboxTests, keptTests, historyTests, lifeTests, sizeTests, concurrencyTests, modelTests,
	} {
		for name, test := range group {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(setup(t, open))
			})
		}
	}
}

// world is one store and its clock.
type world struct {
	*testing.T
	ctx   context.Context
	s     store.Store
	clock *clock
}

func setup(t *testing.T, open Open) *world {
	t.Helper()
	c := &clock{now: time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC)}
	w := &world{T: t, ctx: t.Context(), s: open(t, c.Now), clock: c}
	t.Cleanup(func() {
		if err := w.s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return w
}

// clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// commit is one call; its error ends the test.
func (w *world) commit(changes ...store.Change) []store.Outcome {
	w.Helper()
	return must(w.s.Commit(w.ctx, changes...))(w)
}

// apply is a change that must be applied.
func (w *world) apply(c store.Change) store.Outcome {
	w.Helper()
	o := w.commit(c)
	if len(o) != 1 || o[0].Err != nil {
		w.Fatalf("commit: %+v, want one outcome without an error", o)
	}
	return o[0]
}

// put is one record that must be stored.
func (w *world) put(k store.Key, expect store.Version, value string, index ...store.Term) {
	w.Helper()
	w.apply(store.Change{Puts: []store.Put{{Key: k, Expect: expect, Value: []byte(value), Index: index}}})
}

func (w *world) get(k store.Key) store.Record {
	w.Helper()
	return must(w.s.Get(w.ctx, k))(w)[0]
}

// names are those of the records that a scan finds.
func (w *world) names(p store.Partition, prefix string, after store.Key, n int) []string {
	w.Helper()
	out := []string{}
	for _, r := range must(w.s.Scan(w.ctx, p, prefix, after, n))(w) {
		out = append(out, r.Key.Name)
	}
	return out
}

// ids are those of the chunks that a record has.
func (w *world) ids(k store.Key, after string, n int) []string {
	w.Helper()
	out := []string{}
	for _, c := range must(w.s.Chunks(w.ctx, k, after, n))(w) {
		out = append(out, c.ID)
	}
	return out
}

func (w *world) find(t store.Term, after store.Key, n int) []store.Key {
	w.Helper()
	return must(w.s.Find(w.ctx, t, after, n))(w)
}

func (w *world) outbox(l store.Lane, after store.Seq, n int) []store.Notification {
	w.Helper()
	return must(w.s.Outbox(w.ctx, l, after, n))(w)
}

func (w *world) history(k store.Key, before string, n int) []store.Entry {
	w.Helper()
	return must(w.s.History(w.ctx, k, before, n))(w)
}

// same ends the test if two values differ; nil and empty are the same unless the caller looks itself.
func same[T any](t fataler, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got, emptyIsNil); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

var emptyIsNil = cmp.Comparer(bytes.Equal)

// fataler is a *testing.T or a *rapid.T.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func must[T any](v T, err error) func(*world) T {
	return func(w *world) T {
		w.Helper()
		if err != nil {
			w.Fatal(err)
		}
		return v
	}
}

func key(p store.Partition, name string) store.Key { return store.Key{Partition: p, Name: name} }
