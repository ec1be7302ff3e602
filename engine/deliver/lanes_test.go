package deliver

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/store"
)

func TestLanesOfEvents(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		order     Order
		lanes     int
		low, high uint16 // lane numbers
		most      int    // lanes in use
	}{
		{"", 0, 0, 0, 1}, {"", 1, 0, 0, 1}, {OrderStrict, 8, 0, 0, 1}, {OrderNone, 1, 0, 0, 1},
		{"", 4, 4 << 6, 4<<6 + 3, 4}, {OrderObject, 64, 64 << 6, 64<<6 + 63, 64}, {OrderObject, 99, 64 << 6, 64<<6 + 63, 64},
		{OrderNone, 4, 132 << 6, 132<<6 + 3, 4},
	} {
		src := source()
		src.Order, src.Lanes, src.Batch = c.order, c.lanes, 3
		lanes, of := map[uint16]bool{}, map[string]uint16{}
		changes := append(contacts(500), contacts(500)...)
		events := 0
		for _, row := range Form(src, changes) {
			if row.Lane.Instance != "42" || row.Lane.Number < c.low || row.Lane.Number > c.high {
				t.Fatalf("%+v: lane %v", c, row.Lane)
			}
			lanes[row.Lane.Number] = true
			for _, e := range read(t, row).Message.Events {
				events++
				if last, again := of[e.ObjectID]; again && last != row.Lane.Number && c.order != OrderNone {
					t.Errorf("%+v: object %s is in lanes %d and %d", c, e.ObjectID, last, row.Lane.Number)
				}
				of[e.ObjectID] = row.Lane.Number
			}
		}
		if len(lanes) != c.most || events != len(changes) {
			t.Errorf("%+v: %d lanes in use, %d events", c, len(lanes), events)
		}
	}
}

// What places an object is stored with it: it never changes. The numbers are the first 4 bytes of sha256sum's output, modulo.
func TestPlaceOfAnObject(t *testing.T) {
	t.Parallel()
	got := []int{spread("60000101", 4), spread("60000101", 64), spread("l-0001:1", 4), spread("", 64), spread("x", 1)}
	if diff := cmp.Diff([]int{1, 37, 1, 2, 0}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOrderNoneFillsNotifications(t *testing.T) {
	t.Parallel()
	src := source()
	src.Order, src.Lanes = OrderNone, 8
	if got := len(Form(src, contacts(100))); got != 10 {
		t.Errorf("%d notifications for 100 events by 10", got)
	}
}

func TestHand(t *testing.T) {
	t.Parallel()
	a, b := store.Lane{Instance: "7", Number: 256}, store.Lane{Instance: "7", Number: 257}
	rows := []store.Notification{{Lane: b}, {Lane: a}, {Lane: b}}
	for name, c := range map[string]struct {
		seqs []store.Seq
		want string
	}{
		"committed": {[]store.Seq{3, 5, 4}, "257 [3 4],256 [5],"},
		"unknown":   {nil, "257 [],256 [],"},
	} {
		told := ""
		Hand(rows, c.seqs, func(l store.Lane, seqs []store.Seq) { told += fmt.Sprint(l.Number, " ", seqs, ",") })
		if told != c.want {
			t.Errorf("%s: told %q, want %q", name, told, c.want)
		}
	}
	Hand(nil, nil, func(store.Lane, []store.Seq) { t.Error("nothing was emitted") })
}

func TestObjectsDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		src := source()
		src.Lanes, src.Batch = 4, 1
		flying := map[int]int{}
		w.answer = func(ctx context.Context, p post) (Answer, error) {
			object := envelopeOf(t, p.body).Message.Events[0].ObjectID
			lane := spread(object, 4)
			w.set(func() {
				if flying[lane]++; flying[lane] > 1 {
					t.Errorf("two requests of lane %d", lane)
				}
			})
			defer w.set(func() { flying[lane]-- })
			if lane == 0 {
				<-ctx.Done()
				return Answer{}, ctx.Err()
			}
			time.Sleep(time.Second)
			return Answer{Status: 200}, nil
		}
		w.tell(nil, src, contacts(40)...)
		s := w.sender(nil)
		stop := w.run(s)
		time.Sleep(14 * time.Second)
		synctest.Wait()
		if got := s.Stats(); got.Lanes != 1 || got.InFlight != 1 {
			t.Errorf("after 14 s %+v; only the slow lane should be left", got)
		}
		stop()
	})
}

// tell stores the notifications of changes and wakes the sender, as a poll does.
func (w *world) tell(s *Sender, src Source, changes ...change.Change) {
	w.t.Helper()
	rows := Form(src, changes)
	out, err := store.One(w.store.Store.Commit(w.t.Context(), store.Change{Emit: rows}))
	if err != nil {
		w.t.Fatal(err)
	}
	if s != nil {
		s.Take(rows, out.Seqs)
	}
}

func envelopeOf(t *testing.T, body string) envelope {
	t.Helper()
	return read(t, store.Notification{Payload: []byte(body)})
}
