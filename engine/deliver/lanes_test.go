package deliver

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
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
		Hand(rows, out.Seqs, s.Wake)
	}
}

func envelopeOf(t *testing.T, body string) envelope {
	t.Helper()
	return read(t, store.Notification{Payload: []byte(body)})
}

// TestOrderOfObjectsUnderRandomFaults is TestOrderUnderRandomFaults with many lanes, whose number and order change while rows wait.
func TestOrderOfObjectsUnderRandomFaults(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { chaosOfLanes(t, rand.New(rand.NewPCG(seed, 11))) })
		})
	}
}

func chaosOfLanes(t *testing.T, random *rand.Rand) {
	const polls, objects = 40, 12
	w := newWorld(t)
	number := func(n int) (drawn int) {
		w.set(func() { drawn = random.IntN(n) })
		return drawn
	}
	seen := &witness{t: t, told: map[string]int{}, sent: map[string]bool{}, taken: map[string]int{}}
	w.answer = func(ctx context.Context, p post) (Answer, error) {
		w.set(func() { seen.send(p) })
		select {
		case <-time.After(time.Duration(number(20_000)) * time.Millisecond):
		case <-ctx.Done():
			return Answer{}, ctx.Err()
		}
		switch number(6) {
		case 0:
			return Answer{}, errDown
		case 1:
			return Answer{Status: 503}, nil
		}
		w.set(func() { seen.take(p) })
		return Answer{Status: 200}, nil
	}
	w.store.commit = func(store.Change) (bool, error) {
		if number(8) == 0 {
			return number(2) == 0, errDisk
		}
		return true, nil
	}
	w.store.read = func(store.Lane, store.Seq, int) error {
		if number(12) == 0 {
			return errDisk
		}
		return nil
	}
	start := func() (*Sender, func()) {
		s := w.sender(func(c *Config) {
			c.Workers, c.CacheBytes, c.Grace = 1+number(8), 1+number(3000), time.Duration(number(10)-1)*time.Second
		})
		return s, w.run(s)
	}
	s, stop := start()
	src := source()
	for range polls {
		src.PollDate = time.Now()
		if number(5) == 0 {
			src.Lanes, src.Order = 1+number(9), []Order{OrderObject, OrderObject, OrderStrict}[number(3)]
		}
		src.Batch = 1 + number(4)
		var changes []change.Change
		for range 1 + number(8) {
			id := strconv.Itoa(number(objects))
			changes = append(changes, change.Change{ObjectID: id, Kind: change.Updated, Version: strconv.Itoa(seen.tell(w, id))})
		}
		for i := range changes {
			changes[i].Record = []byte(`"` + changes[i].ObjectID + `/` + changes[i].Version + `"`)
		}
		w.tell(s, src, changes...)
		time.Sleep(time.Duration(1+number(30_000)) * time.Millisecond)
		if number(8) == 0 {
			stop()
			s, stop = start()
		}
	}
	for range 1000 {
		time.Sleep(10 * time.Minute)
		if s.Stats() == (Stats{}) {
			break
		}
	}
	synctest.Wait()
	if left, err := w.store.Backlogs(t.Context()); err != nil || len(left) != 0 || s.Stats() != (Stats{}) {
		t.Errorf("left over: %v, %v, %+v", left, err, s.Stats())
	}
	if n, m := len(s.queue.lanes), len(s.queue.callbacks); n != 0 || m != 0 {
		t.Errorf("an idle sender remembers %d lanes and %d callbacks", n, m)
	}
	stop()
	if diff := cmp.Diff(seen.told, seen.taken); diff != "" {
		t.Errorf("events told and taken, by object: %s", diff)
	}
}

// witness holds what the callback sees against invariants 1, 3 and 8. Versions of an object count from 0.
type witness struct {
	t     *testing.T
	told  map[string]int  // by object: versions told
	taken map[string]int  // by object: versions whose notification was taken
	sent  map[string]bool // by webhook-id
}

func (v *witness) tell(w *world, object string) (version int) {
	w.set(func() { version = v.told[object]; v.told[object]++ })
	return version
}

// send checks the first sending of each event: all earlier ones of its object must have been taken, or be in the same body.
func (v *witness) send(p post) {
	if v.sent[p.id] {
		return
	}
	v.sent[p.id] = true
	within := map[string]int{}
	for _, at := range eventsOf(v.t, p.body) {
		if want := v.taken[at.object] + within[at.object]; at.version != want {
			v.t.Errorf("version %d of object %s is first sent when version %d is due", at.version, at.object, want)
		}
		within[at.object]++
	}
}

func (v *witness) take(p post) {
	for _, at := range eventsOf(v.t, p.body) {
		v.taken[at.object] = max(v.taken[at.object], at.version+1)
	}
}

type objectVersion struct {
	object  string
	version int
}

func eventsOf(t *testing.T, body string) (all []objectVersion) {
	t.Helper()
	for _, record := range envelopeOf(t, body).records(t, "contacts") {
		object, text, _ := strings.Cut(strings.Trim(string(record), `"`), "/")
		version, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, objectVersion{object, version})
	}
	return all
}
