package badgerstore

import (
	"crypto/rand"
	"fmt"
	mrand "math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/store"
)

// TestNothingComesBack writes, drops, sweeps, compacts and reopens, many times: what was dropped does not wait again, and what was swept or
// erased is not kept again.
func TestNothingComesBack(t *testing.T) {
	t.Parallel()
	c := newClock()
	cfg := Config{Dir: t.TempDir(), Now: c.Now, History: day}
	s := setup(t, cfg)
	draw := mrand.New(mrand.NewPCG(1, 2))
	noise := make([]byte, large+1)
	_, _ = rand.Read(noise)
	rows := map[store.Seq]*store.Kept{}
	for round := range 8 {
		for range 20 {
			var change store.Change
			for i := range draw.IntN(8) {
				l := store.Lane{Instance: fmt.Sprintf("i-%d", draw.IntN(5)), Number: uint16(draw.IntN(2))}
				size := []int{0, 100, 20_000, 20_000, 20_000, len(noise)}[draw.IntN(6-min(i, 1))] // one that is large, at most
				change.Emit = append(change.Emit, store.Notification{Lane: l, ID: "n", Meta: []byte{}, Payload: noise[:size]})
			}
			for seq, k := range rows {
				if draw.IntN(4) == 0 && k.Waiting {
					erase := draw.IntN(4) == 0
					change.Drop = append(change.Drop, store.Drop{Lane: k.Lane, Seq: seq, Erase: erase})
					if k.Waiting = false; erase {
						delete(rows, seq)
					}
				}
			}
			for i, seq := range commit(t, s, change).Seqs {
				n := change.Emit[i]
				n.Seq, n.Payload = seq, nil
				rows[seq] = &store.Kept{Notification: n, Waiting: true}
			}
			c.move(time.Hour)
		}
		if _, err := s.sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		for seq, k := range rows {
			if !k.Waiting && seq < store.SeqAt(c.Now().Add(-day)) {
				delete(rows, seq)
			}
		}
		if round%3 > 0 {
			if err := s.reclaim(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		holds(t, s, rows)
		s = reopen(t, s, cfg)
		holds(t, s, rows)
	}
}

// holds wants the five instances to have these rows, and no others.
func holds(t *testing.T, s *Store, rows map[store.Seq]*store.Kept) {
	t.Helper()
	want := map[string][]store.Kept{}
	waiting := map[store.Lane][]store.Seq{}
	seqs := []store.Seq{}
	for seq := range rows {
		seqs = append(seqs, seq)
	}
	slices.Sort(seqs)
	for _, seq := range slices.Backward(seqs) {
		want[rows[seq].Lane.Instance] = append(want[rows[seq].Lane.Instance], *rows[seq])
	}
	for _, seq := range seqs {
		if rows[seq].Waiting {
			waiting[rows[seq].Lane] = append(waiting[rows[seq].Lane], seq)
		}
	}
	for i := range 5 {
		instance := fmt.Sprintf("i-%d", i)
		got, err := s.Kept(t.Context(), instance, 0, len(rows)+9)
		if diff := cmp.Diff(append([]store.Kept{}, want[instance]...), got); diff != "" || err != nil {
			t.Fatalf("kept of %s: %v (-want +got):\n%s", instance, err, diff)
		}
		for number := range uint16(2) {
			l := store.Lane{Instance: instance, Number: number}
			got, err := s.Outbox(t.Context(), l, 0, len(rows)+9)
			if err != nil || !slices.EqualFunc(waiting[l], got, func(seq store.Seq, n store.Notification) bool { return n.Seq == seq }) {
				t.Fatalf("%d wait in %v, %v, want %d", len(got), l, err, len(waiting[l]))
			}
		}
	}
}
