package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/pollwright/pollwright/engine/store"
)

var concurrencyTests = map[string]func(*world){
	"concurrency/exactly one winner per version": func(w *world) {
		const writers, versions = 16, 20
		k := key(1, "a")
		for v := range store.Version(versions) {
			var won atomic.Int32
			together(writers, func(i int) {
				_, err := store.One(w.s.Commit(w.ctx, store.Change{
					Puts: []store.Put{{Key: k, Expect: v, Value: fmt.Appendf(nil, "%d", i)}},
					Emit: []store.Notification{{Lane: laneA, ID: fmt.Sprintf("%d by %d", v, i)}},
				}))
				switch {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, store.ErrConflict):
					w.Errorf("writer %d: %v", i, err)
				}
			})
			same(w, "winners", won.Load(), 1)
		}
		same(w, "version", w.get(k).Version, store.Version(versions))
		same(w, "only winners emitted", len(w.outbox(laneA, 0, 1000)), versions)
	},
	"concurrency/nothing is lost between writers of many records": func(w *world) {
		const writers, each = 24, 25
		var mu sync.Mutex
		given := map[store.Seq]bool{}
		together(writers, func(i int) {
			for v := range store.Version(each) {
				o, err := store.One(w.s.Commit(w.ctx, store.Change{
					Puts: []store.Put{{Key: key(store.Partition(i), "a"), Expect: v, Value: []byte("v"), Index: []store.Term{owner17}}},
					Emit: []store.Notification{{Lane: laneA, ID: "n"}},
				}))
				if err != nil {
					w.Errorf("writer %d: %v", i, err)
					return
				}
				mu.Lock()
				given[o.Seqs[0]] = true
				mu.Unlock()
			}
		})
		same(w, "numbers given once", len(given), writers*each)
		same(w, "waiting", len(w.outbox(laneA, 0, 2*writers*each)), writers*each)
		same(w, "records", len(w.find(owner17, store.Key{}, 99)), writers)
	},
	"concurrency/what is listed can be recalled, while it is dropped and forgotten": func(w *world) {
		const each = 40
		together(6, func(i int) {
			l := store.Lane{Instance: laneA.Instance, Number: uint16(i % 3)}
			for range each {
				var err error
				switch i {
				case 0, 1, 2: // emit, and drop what is not the last
					err = emitAndDrop(w, l)
				case 3:
					err = w.s.Forget(w.ctx, l.Instance)
				default:
					_, err = w.s.Kept(w.ctx, l.Instance, 0, 2*each)
					if err == nil {
						_, err = w.s.Outbox(w.ctx, l, 0, 2*each)
					}
				}
				if err != nil {
					w.Errorf("%d: %v", i, err)
					return
				}
			}
		})
		same(w, "waiting", len(w.kept(0, 9*each)) >= 3*each, true)
		if err := w.s.Forget(w.ctx, laneA.Instance); err != nil {
			w.Fatal(err)
		}
		for _, k := range w.kept(0, 9*each) {
			same(w, "waiting", k.Waiting, true)
			same(w, "recalled", must(w.s.Recall(w.ctx, laneA.Instance, k.Seq))(w).Payload, []byte("p"))
		}
		same(w, "all that wait", len(w.kept(0, 9*each)), 3*each)
	},
	"concurrency/a read sees a change whole": func(w *world) {
		a, b := key(1, "a"), key(1, "b")
		stop := make(chan struct{})
		var readers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					got, err := w.s.Get(w.ctx, a, b)
					if err != nil || got[0].Version != got[1].Version {
						w.Errorf("read %+v, %v", got, err)
						return
					}
				}
			})
		}
		for v := range store.Version(60) {
			w.apply(store.Change{Puts: []store.Put{{Key: a, Expect: v, Value: []byte("v")}, {Key: b, Expect: v, Value: []byte("v")}}})
			same(w, "own write", w.get(a).Version, v+1)
		}
		close(stop)
		readers.Wait()
	},
}

// emitAndDrop emits two and drops one of them.
func emitAndDrop(w *world, l store.Lane) error {
	n := store.Notification{Lane: l, ID: "n", Events: 1, Payload: []byte("p")}
	o, err := store.One(w.s.Commit(w.ctx, store.Change{Emit: []store.Notification{n, n}}))
	if err == nil {
		_, err = store.One(w.s.Commit(w.ctx, store.Change{Drop: []store.Drop{{Lane: l, Seq: o.Seqs[0]}}}))
	}
	return err
}

// together runs n functions at once and waits for them.
func together(n int, fn func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { fn(i) })
	}
	all.Wait()
}
