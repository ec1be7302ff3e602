package storetest

import (
	"fmt"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

var keptTests = map[string]func(*world){
	"Kept/newest first, over all lanes, waiting or dropped": func(w *world) {
		lanes := []store.Lane{laneA, {Instance: laneA.Instance, Number: 2}, {Instance: "ins", Number: 1}, {Instance: laneA.Instance + "-", Number: 1}}
		var want []store.Kept
		for i := range 12 {
			n := store.Notification{Lane: lanes[i%len(lanes)], ID: fmt.Sprint(i), Events: i, Meta: []byte("m"), Payload: []byte("p")}
			n.Seq = w.apply(store.Change{Emit: []store.Notification{n}}).Seqs[0]
			waiting := i%3 > 0
			if !waiting {
				w.apply(store.Change{Drop: []store.Drop{{Lane: n.Lane, Seq: n.Seq}}})
			}
			if n.Lane.Instance == laneA.Instance {
				n.Payload = nil
				want = append([]store.Kept{{Notification: n, Waiting: waiting}}, want...)
			}
		}
		same(w, "all", w.kept(0, 99), want)
		same(w, "n", w.kept(0, 2), want[:2])
		same(w, "before", w.kept(want[1].Seq, 99), want[2:])
		same(w, "before all", len(w.kept(want[len(want)-1].Seq, 99)), 0)
		same(w, "n 0", len(w.kept(0, 0)), 0)
	},
	"Kept/recalled with its payload, after the drop, too": func(w *world) {
		n := store.Notification{Lane: laneA, ID: "n", Events: 3, Meta: []byte("m"), Payload: []byte("payload")}
		n.Seq = w.apply(store.Change{Emit: []store.Notification{n}}).Seqs[0]
		same(w, "waiting", must(w.s.Recall(w.ctx, laneA.Instance, n.Seq))(w), store.Kept{Notification: n, Waiting: true})
		w.apply(store.Change{Drop: []store.Drop{{Lane: laneA, Seq: n.Seq}}})
		same(w, "dropped", must(w.s.Recall(w.ctx, laneA.Instance, n.Seq))(w), store.Kept{Notification: n})
		same(w, "of another instance", must(w.s.Recall(w.ctx, "ins", n.Seq))(w), store.Kept{})
		same(w, "none", must(w.s.Recall(w.ctx, laneA.Instance, n.Seq+1))(w), store.Kept{})
	},
	"Kept/erased by its drop": func(w *world) {
		seqs := emit(w, laneA, 2)
		other := store.Lane{Instance: laneA.Instance, Number: 9}
		w.apply(store.Change{Drop: []store.Drop{{Lane: other, Seq: seqs[1], Erase: true}}}) // is of its lane only
		for range 2 {
			w.apply(store.Change{Drop: []store.Drop{{Lane: laneA, Seq: seqs[0], Erase: true}}})
			same(w, "kept", len(w.kept(0, 9)), 1)
			same(w, "waiting", seqsOf(w.outbox(laneA, 0, 9)), seqs[1:])
		}
		w.apply(store.Change{Drop: []store.Drop{{Lane: laneA, Seq: seqs[1]}}})
		w.apply(store.Change{Drop: []store.Drop{{Lane: laneA, Seq: seqs[1], Erase: true}}}) // after it was dropped
		same(w, "kept", len(w.kept(0, 9)), 0)
	},
	"Kept/forgotten, but for what waits": func(w *world) {
		seqs := emit(w, laneA, 3)
		others := emit(w, store.Lane{Instance: laneA.Instance + "x"}, 1)
		w.apply(store.Change{Drop: []store.Drop{{Lane: laneA, Seq: seqs[0]}, {Lane: laneA, Seq: seqs[2]}, {Lane: store.Lane{Instance: laneA.Instance + "x"}, Seq: others[0]}}})
		for range 2 {
			if err := w.s.Forget(w.ctx, laneA.Instance); err != nil {
				w.Fatal(err)
			}
			kept := w.kept(0, 9)
			if len(kept) != 1 || kept[0].Seq != seqs[1] || !kept[0].Waiting {
				w.Fatalf("kept: %+v", kept)
			}
			same(w, "waiting", seqsOf(w.outbox(laneA, 0, 9)), seqs[1:2])
			same(w, "of the other instance", must(w.s.Recall(w.ctx, laneA.Instance+"x", others[0]))(w).Seq, others[0])
		}
	},
	"Kept/numbers follow the clock": func(w *world) {
		before := store.SeqAt(w.clock.Now())
		seqs := emit(w, laneA, 2)
		w.clock.move(time.Second)
		if after := store.SeqAt(w.clock.Now()); seqs[0] < before || seqs[1] >= after {
			w.Fatalf("%v are not between %d and %d", seqs, before, after)
		}
		if d := w.clock.Now().Sub(seqs[0].Time()); d != time.Second {
			w.Fatalf("committed %v ago, want 1s", d)
		}
	},
	"Kept/invalid instance": func(w *world) {
		_, err := w.s.Kept(w.ctx, "", 0, 1)
		wantInvalid(w, err)
		_, err = w.s.Recall(w.ctx, "a\x00b", 1)
		wantInvalid(w, err)
		wantInvalid(w, w.s.Forget(w.ctx, ""))
	},
}

func (w *world) kept(before store.Seq, n int) []store.Kept {
	w.Helper()
	return must(w.s.Kept(w.ctx, laneA.Instance, before, n))(w)
}
