package badgerstore

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

const day = 24 * time.Hour

// clock is moved by hand.
type clock struct{ now atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.now.Store(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).UnixNano())
	return c
}

func (c *clock) Now() time.Time       { return time.Unix(0, c.now.Load()) }
func (c *clock) move(d time.Duration) { c.now.Add(int64(d)) }

// TestSweep has a notification of each day in each of many instances, of two lanes, every third of them waiting, and steps that do not hold
// all that is to go.
func TestSweep(t *testing.T) {
	t.Parallel()
	const instances, days = 120, 12
	c := newClock()
	s := setup(t, Config{Dir: t.TempDir(), Now: c.Now, History: 5 * day})
	want := map[string][]store.Kept{}
	for d := range days {
		for i := range instances {
			l := store.Lane{Instance: fmt.Sprintf("i-%d", i), Number: uint16(d % 2)}
			n := store.Notification{Lane: l, ID: fmt.Sprint(d), Meta: []byte{}, Payload: goldenLong}
			n.Seq = commit(t, s, store.Change{Emit: []store.Notification{n}}).Seqs[0]
			waiting := (d+i)%3 == 0
			if !waiting {
				commit(t, s, store.Change{Drop: []store.Drop{{Lane: l, Seq: n.Seq}}})
			}
			if waiting || d >= days-5 {
				n.Payload = nil
				want[l.Instance] = append(want[l.Instance], store.Kept{Notification: n, Waiting: waiting})
			}
		}
		c.move(day)
	}
	c.move(-time.Second) // the youngest that is to go is a second short of it, the oldest of the rest is not
	c.move(time.Second)
	for round := range 2 {
		gone, err := s.sweep(t.Context())
		if all := instances * (days - 5) * 2 / 3; err != nil || gone != all*(1-round) {
			t.Fatalf("round %d: %d are gone, %v, want %d", round, gone, err, all*(1-round))
		}
		for instance, rows := range want {
			got, err := s.Kept(t.Context(), instance, 0, 99)
			slices.Reverse(got)
			read(t, "kept of "+instance, rows, got, err)
		}
	}
}

// TestSweepPassesDamageOver damages the first row of many.
func TestSweepPassesDamageOver(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := setup(t, Config{Dir: t.TempDir(), Now: c.Now})
	l := store.Lane{Instance: "i"}
	var seqs []store.Seq
	for range 3 {
		seq := commit(t, s, store.Change{Emit: []store.Notification{{Lane: l, ID: "n"}}}).Seqs[0]
		commit(t, s, store.Change{Drop: []store.Drop{{Lane: l, Seq: seq}}})
		seqs = append(seqs, seq)
	}
	if err := s.write(t.Context(), []row{{key: keptKey("i", seqs[0]), value: []byte{noteVersion, 0}}}); err != nil {
		t.Fatal(err)
	}
	c.move(8 * day)
	if gone, err := s.sweep(t.Context()); err != nil || gone != 2 {
		t.Fatalf("%d are gone, %v, want 2", gone, err)
	}
}

// TestForgetInSteps has more rows than a step, of two instances one of which is the beginning of the other's name.
func TestForgetInSteps(t *testing.T) {
	t.Parallel()
	s := setup(t, Config{Dir: t.TempDir()})
	for _, instance := range []string{"i", "ii"} {
		var emits, drops store.Change
		for range 2*stepRows + 10 {
			emits.Emit = append(emits.Emit, store.Notification{Lane: store.Lane{Instance: instance}, ID: "n"})
		}
		for _, seq := range commit(t, s, emits).Seqs[1:] {
			drops.Drop = append(drops.Drop, store.Drop{Lane: emits.Emit[0].Lane, Seq: seq})
		}
		commit(t, s, drops)
	}
	if err := s.Forget(t.Context(), "i"); err != nil {
		t.Fatal(err)
	}
	for instance, want := range map[string]int{"i": 1, "ii": 2*stepRows + 10} {
		got, err := s.Kept(t.Context(), instance, 0, 9999)
		if err != nil || len(got) != want {
			t.Errorf("%s keeps %d, %v, want %d", instance, len(got), err, want)
		}
	}
}
