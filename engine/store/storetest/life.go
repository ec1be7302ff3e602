package storetest

import (
	"context"

	"github.com/pollwright/pollwright/engine/store"
)

var lifeTests = map[string]func(*world){
	"Close/every call fails with ErrClosed": func(w *world) {
		w.put(key(1, "a"), 0, "v")
		for range 2 {
			if err := w.s.Close(); err != nil {
				w.Fatal(err)
			}
		}
		ended, cancel := context.WithCancel(w.ctx)
		cancel()
		for _, ctx := range []context.Context{w.ctx, ended} {
			for name, err := range calls(ctx, w.s) {
				if !is(err, store.ErrClosed) {
					w.Errorf("%s: %v, want ErrClosed", name, err)
				}
			}
		}
	},
	"context/a call whose context has ended does nothing": func(w *world) {
		ctx, cancel := context.WithCancel(w.ctx)
		cancel()
		for name, err := range calls(ctx, w.s) {
			if !is(err, context.Canceled) {
				w.Errorf("%s: %v, want context.Canceled", name, err)
			}
		}
		same(w, "stored", w.names(1, "", store.Key{}, 9), []string{})
	},
	"Close/waits for running calls": func(w *world) {
		const n = 32
		done := make(chan bool, n)
		for i := range n {
			go func() { done <- committed(w, i) }()
		}
		<-done // some are under way
		if err := w.s.Close(); err != nil {
			w.Fatal(err)
		}
		for range n - 1 {
			<-done
		}
	},
}

// committed tells whether a put was stored before the store was closed; any other end is a fault.
func committed(w *world, i int) bool {
	k := key(1, string(rune('a'+i)))
	_, err := store.One(w.s.Commit(w.ctx, store.Change{Puts: []store.Put{{Key: k, Value: []byte("v")}}}))
	if err != nil && !is(err, store.ErrClosed) {
		w.Errorf("put %d: %v", i, err)
	}
	return err == nil
}

// calls makes every call once, with valid arguments.
func calls(ctx context.Context, s store.Store) map[string]error {
	k := key(1, "a2")
	errs := map[string]error{}
	_, errs["Get"] = s.Get(ctx, k)
	_, errs["Scan"] = s.Scan(ctx, 1, "", store.Key{}, 1)
	_, errs["Find"] = s.Find(ctx, owner17, store.Key{}, 1)
	_, errs["Chunks"] = s.Chunks(ctx, k, "", 1)
	_, errs["Outbox"] = s.Outbox(ctx, laneA, 0, 1)
	_, errs["Backlogs"] = s.Backlogs(ctx)
	_, errs["History"] = s.History(ctx, k, "", 1)
	_, errs["Commit"] = s.Commit(ctx, store.Change{Puts: []store.Put{{Key: k, Value: []byte("v")}}})
	_, errs["Commit of nothing"] = s.Commit(ctx)
	return errs
}
