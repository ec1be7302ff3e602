package faultstore_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/engine/store/faultstore"
	"github.com/pollwright/pollwright/engine/store/memstore"
	"github.com/pollwright/pollwright/engine/store/storetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, plan := range map[string]faultstore.Plan{"without a plan": nil, "slow": faultstore.Random(1, faultstore.Rates{Slow: 20, SlowReads: 5})} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(_ *testing.T, now func() time.Time) store.Store { return faultstore.New(memstore.New(now), plan) })
		})
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	k := store.Key{Name: "a"}
	put := store.Change{Puts: []store.Put{{Key: k, Value: []byte("v")}}}
	emit := store.Change{Emit: []store.Notification{{Lane: store.Lane{Instance: "i"}, ID: "n"}}}
	for fault, want := range map[faultstore.Fault]struct {
		err     error
		version store.Version
		waiting int
		put     error // the outcome
	}{
		faultstore.None:     {nil, 1, 1, nil},
		faultstore.Refused:  {faultstore.ErrFault, 0, 0, nil},
		faultstore.Unknown:  {faultstore.ErrFault, 1, 1, nil},
		faultstore.Conflict: {nil, 0, 1, store.ErrConflict},
		faultstore.Slow:     {nil, 1, 1, nil},
	} {
		t.Run(fault.String(), func(t *testing.T) {
			t.Parallel()
			s := faultstore.New(memstore.New(nil), func(faultstore.Call) faultstore.Fault { return fault })
			outcomes, err := s.Commit(t.Context(), put, emit)
			if !errors.Is(err, want.err) || (err == nil) != (want.err == nil) {
				t.Fatalf("%v, want %v", err, want.err)
			}
			if err == nil && (!errors.Is(outcomes[0].Err, want.put) || outcomes[1].Err != nil || len(outcomes[1].Seqs) != 1) {
				t.Errorf("%+v, want %v and a number", outcomes, want.put)
			}
			if _, err := s.Get(t.Context(), k); (err != nil) != (fault == faultstore.Refused || fault == faultstore.Unknown) {
				t.Errorf("a read: %v", err)
			}
			if got := s.Count(fault); got != 2 {
				t.Errorf("%d calls are counted, want 2", got)
			}
			s.Follow(nil)
			records, err := s.Get(t.Context(), k)
			rows, more := s.Outbox(t.Context(), store.Lane{Instance: "i"}, 0, 10)
			if err := errors.Join(err, more); err != nil || records[0].Version != want.version || len(rows) != want.waiting {
				t.Errorf("version %d and %d notifications, %v, want %d and %d", records[0].Version, len(rows), err, want.version, want.waiting)
			}
		})
	}
}

// Whoever reads the version again after an error, as the seam asks for, writes each of its changes once: here a record that counts, with a
// notification for each count.
func TestReadingAgainMakesTheRetrySafe(t *testing.T) {
	t.Parallel()
	const writers, each = 4, 50
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			s := faultstore.New(memstore.New(nil), faultstore.Random(seed, faultstore.Rates{Refused: 15, Unknown: 15, Conflict: 15, Slow: 5, Reads: 10}))
			var all sync.WaitGroup
			for w := range writers {
				all.Go(func() {
					for n := range each {
						count(t, s, w, n)
					}
				})
			}
			all.Wait()
			s.Follow(nil)
			rows, err := s.Outbox(t.Context(), store.Lane{Instance: "i"}, 0, 10*writers*each)
			var ids []string
			for _, row := range rows {
				ids = append(ids, row.ID)
			}
			slices.Sort(ids)
			if twice := len(ids) - len(slices.Compact(ids)); err != nil || len(rows) != writers*each || twice != 0 {
				t.Errorf("%d notifications, %d of them twice, %v; want %d", len(rows), twice, err, writers*each)
			}
		})
	}
}

// count has the n-th change of a writer made: its record says how many were.
func count(t *testing.T, s store.Store, writer, n int) {
	k := store.Key{Name: fmt.Sprint("writer ", writer)}
	for {
		records, err := s.Get(t.Context(), k)
		if err != nil {
			continue
		}
		if records[0].Version > store.Version(n) {
			return
		}
		_, err = store.One(s.Commit(t.Context(), store.Change{
			Puts: []store.Put{{Key: k, Expect: records[0].Version, Value: []byte("v")}},
			Emit: []store.Notification{{Lane: store.Lane{Instance: "i"}, ID: fmt.Sprintf("%d/%d", writer, n)}},
		}))
		if err == nil {
			return
		}
	}
}
