package storetest

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

var laneA = store.Lane{Instance: "ins-a", Number: 1}

var outboxTests = map[string]func(*world){
	"Outbox/what was emitted, in order": func(w *world) {
		payload, meta := []byte("payload 0"), []byte("meta 0")
		first := w.apply(store.Change{Emit: []store.Notification{
			{Lane: laneA, Seq: 99, ID: "n0", Meta: meta, Payload: payload},
			{Lane: laneA, ID: "n1"},
		}}).Seqs
		meta[0], payload[0] = 'X', 'X'
		second := w.apply(store.Change{Emit: []store.Notification{{Lane: laneA, ID: "n0", Payload: []byte("again")}}}).Seqs
		want := []store.Notification{
			{Lane: laneA, Seq: first[0], ID: "n0", Meta: []byte("meta 0"), Payload: []byte("payload 0")},
			{Lane: laneA, Seq: first[1], ID: "n1"},
			{Lane: laneA, Seq: second[0], ID: "n0", Payload: []byte("again")},
		}
		got := w.outbox(laneA, 0, 9)
		same(w, "outbox", got, want)
		got[0].Meta[0], got[0].Payload[0] = 'Y', 'Y'
		same(w, "after", w.outbox(laneA, first[0], 1), want[1:2])
		same(w, "n", w.outbox(laneA, 0, 1), want[:1])
		same(w, "nothing after the last", len(w.outbox(laneA, second[0], 9)), 0)
		same(w, "nothing after the greatest", len(w.outbox(laneA, math.MaxUint64, 9)), 0)
		same(w, "n 0", len(w.outbox(laneA, 0, 0)), 0)
	},
	"Outbox/lanes are apart": func(w *world) {
		lanes := []store.Lane{laneA, {Instance: "ins-a", Number: 2}, {Instance: "ins-a", Number: 256}, {Instance: "ins", Number: 1}}
		for i, l := range lanes {
			w.apply(store.Change{Emit: []store.Notification{{Lane: l, ID: fmt.Sprint(i)}}})
		}
		for i, l := range lanes {
			got := w.outbox(l, 0, 9)
			if len(got) != 1 || got[0].ID != fmt.Sprint(i) || got[0].Lane != l {
				w.Fatalf("lane %v: %+v", l, got)
			}
		}
	},
	"Outbox/drops in any order": func(w *world) {
		seqs := emit(w, laneA, 6)
		left := slices.Clone(seqs)
		for _, i := range []int{3, 0, 5, 1, 4, 2} {
			w.apply(store.Change{Drop: []store.Drop{{Lane: laneA, Seq: seqs[i]}}})
			left = slices.DeleteFunc(left, func(s store.Seq) bool { return s == seqs[i] })
			same(w, "left", seqsOf(w.outbox(laneA, 0, 9)), left)
		}
	},
	"Outbox/a drop may come again and may miss": func(w *world) {
		seqs := emit(w, laneA, 2)
		for range 2 {
			w.apply(store.Change{Drop: []store.Drop{{Lane: laneA, Seq: seqs[0]}, {Lane: laneA, Seq: seqs[1] + 1}, {Lane: laneA}}})
			same(w, "left", seqsOf(w.outbox(laneA, 0, 9)), seqs[1:])
		}
	},
	"Outbox/a drop is of its lane only": func(w *world) {
		seqs := emit(w, laneA, 1)
		w.apply(store.Change{Drop: []store.Drop{{Lane: store.Lane{Instance: laneA.Instance, Number: 2}, Seq: seqs[0]}}})
		same(w, "left", seqsOf(w.outbox(laneA, 0, 9)), seqs)
	},
	"Outbox/drop and emit in one change": func(w *world) {
		seqs := emit(w, laneA, 1)
		o := w.apply(store.Change{Drop: []store.Drop{{Lane: laneA, Seq: seqs[0]}}, Emit: []store.Notification{{Lane: laneA, ID: "n"}}})
		same(w, "left", seqsOf(w.outbox(laneA, 0, 9)), o.Seqs)
	},
	"Outbox/a number grows and is never used twice": func(w *world) {
		var last store.Seq
		for i := range 20 {
			if i%3 == 0 {
				w.clock.move(-time.Hour) // the clock is set back
			}
			l := store.Lane{Instance: fmt.Sprint(i % 2), Number: uint16(i % 3)}
			for _, seq := range emit(w, l, 2) {
				if seq <= last {
					w.Fatalf("%d after %d", seq, last)
				}
				last = seq
				w.apply(store.Change{Drop: []store.Drop{{Lane: l, Seq: seq}}})
			}
		}
	},
	"Outbox/does not expire": func(w *world) {
		emit(w, laneA, 1)
		w.clock.move(20 * 365 * 24 * time.Hour)
		same(w, "left", len(w.outbox(laneA, 0, 9)), 1)
	},
	"Outbox/invalid lane": func(w *world) {
		_, err := w.s.Outbox(w.ctx, store.Lane{}, 0, 1)
		wantInvalid(w, err)
	},
	"Backlogs/lanes that wait": func(w *world) {
		same(w, "none", len(must(w.s.Backlogs(w.ctx))(w)), 0)
		var want []store.Backlog
		for i := range 50 { // over many partitions, with other rows between
			l := store.Lane{Instance: fmt.Sprintf("ins-%02d", i), Number: uint16(i % 2)}
			w.apply(everything(store.Key{Partition: store.PartitionOf(l.Instance), Name: "x" + l.Instance}, store.Key{Partition: store.PartitionOf(l.Instance), Name: "y"}))
			w.apply(store.Change{Drop: []store.Drop{{Lane: store.Lane{Instance: "x" + l.Instance}, Seq: w.outbox(store.Lane{Instance: "x" + l.Instance}, 0, 1)[0].Seq}}})
			seqs := emit(w, l, 1+i%3)
			want = append(want, store.Backlog{Lane: l, First: seqs[0], Count: len(seqs), Events: 2 * len(seqs), Bytes: int64(len(seqs))})
		}
		same(w, "backlogs", must(w.s.Backlogs(w.ctx))(w), want)
		w.apply(store.Change{Drop: []store.Drop{{Lane: want[0].Lane, Seq: want[0].First}, {Lane: want[2].Lane, Seq: want[2].First}}})
		want[2].First, want[2].Count, want[2].Events, want[2].Bytes = w.outbox(want[2].Lane, 0, 1)[0].Seq, 2, 4, 2
		same(w, "after drops", must(w.s.Backlogs(w.ctx))(w), want[1:])
	},
}

// emit appends n notifications to a lane, in one change.
func emit(w *world, l store.Lane, n int) []store.Seq {
	w.Helper()
	var c store.Change
	for i := range n {
		c.Emit = append(c.Emit, store.Notification{Lane: l, ID: fmt.Sprintf("n%d", i), Events: 2, Meta: []byte("m"), Payload: []byte("p")})
	}
	seqs := w.apply(c).Seqs
	if len(seqs) != n {
		w.Fatalf("%d numbers for %d notifications", len(seqs), n)
	}
	return seqs
}

func seqsOf(rows []store.Notification) []store.Seq {
	out := []store.Seq{}
	for _, r := range rows {
		out = append(out, r.Seq)
	}
	return out
}
