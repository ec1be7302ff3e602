package deliver

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

func TestAscentReadsAllOnceOldestFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		rnd := rand.New(rand.NewPCG(1, 2))
		var all []store.Seq
		for range 60 { // bursts with long and short gaps between
			all = append(all, w.emit("42", names("n", rnd.IntN(90))...)...)
			time.Sleep(time.Duration(rnd.ExpFloat64() * float64([]time.Duration{time.Microsecond, time.Second, 24 * time.Hour}[rnd.IntN(3)])))
		}
		w.emit("42x", "other")
		for _, c := range []struct {
			n          int
			after, end store.Seq
		}{{1, 0, 1 << 60}, {7, all[3], all[len(all)-5]}, {256, 0, all[len(all)-1] + 1}, {50, all[10], all[11]}, {50, all[10], all[10]}, {50, 9, 3}, {5000, 0, 1 << 60}} {
			var want, got []store.Seq
			for _, seq := range all {
				if seq > c.after && seq < c.end {
					want = append(want, seq)
				}
			}
			reads := 0
			var a Ascent
			for after := c.after; after+1 < c.end; reads++ {
				rows, reached, err := a.Read(t.Context(), w.store, "42", after, c.end, c.n)
				if err != nil || reached <= after || len(rows) > c.n {
					t.Fatalf("%+v: %d rows, reached %d, %v", c, len(rows), reached, err)
				}
				for _, r := range rows {
					got = append(got, r.Seq)
				}
				after = reached
			}
			if !slices.Equal(got, want) {
				t.Errorf("%+v: %d rows of %d", c, len(got), len(want))
			}
			if most := 4*len(want)/c.n + 150; reads > most {
				t.Errorf("%+v: %s", c, fmt.Sprint(reads, " reads, want ", most, " at most"))
			}
		}
	})
}
