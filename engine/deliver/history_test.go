package deliver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/store"
)

// form stores what Form makes of n changes of instance 42, a notification each if batch is 1, and returns the rows.
func (w *world) form(kind change.Kind, batch int, objects ...string) []store.Notification {
	w.t.Helper()
	src := source()
	src.Format, src.Batch, src.PollDate = FormatStandard, batch, time.Now()
	var changes []change.Change
	for _, id := range objects {
		changes = append(changes, change.Change{ObjectID: id, Kind: kind, Date: time.Now(), Version: time.Now().String(), Record: []byte(`{"id":"` + id + `"}`)})
	}
	if kind == change.Deleted {
		for i := range changes {
			changes[i].Record = nil
		}
	}
	rows := Form(src, changes)
	out, err := store.One(w.store.Store.Commit(w.t.Context(), store.Change{Emit: rows}))
	if err != nil {
		w.t.Fatal(err)
	}
	for i := range rows {
		rows[i].Seq = out.Seqs[i]
	}
	return rows
}

func (w *world) list(q Query) (rows []Listed, next store.Seq) {
	w.t.Helper()
	rows, next, err := List(w.t.Context(), w.store, "42", q)
	if err != nil {
		w.t.Fatal(err)
	}
	return rows, next
}

func (w *world) find(id string) Listed {
	w.t.Helper()
	row, err := Find(w.t.Context(), w.store, "42", id, false)
	if err != nil {
		w.t.Fatal(err)
	}
	return row
}

func listedIDs(rows []Listed) []string {
	ids := []string{}
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids
}

// A notification is followed from its commit to a dead letter and, sent again, to its delivery.
func TestFateOfANotification(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		rows := w.form(change.Created, 1, "a", "b")
		bad, good := rows[0], rows[1]
		w.target = func(string) (Target, error) {
			return Target{URL: "https://x/", Enabled: true, Retries: []time.Duration{time.Hour}}, nil
		}
		w.script(bad.ID, Answer{Status: 422, Body: []byte("no thanks")}, Answer{Status: 400, Body: []byte("no!")})
		want := func(when string, k store.Notification, state State, status Status, statuses ...int) {
			t.Helper()
			listed, _ := w.list(Query{N: 100})
			for _, row := range []Listed{w.find(k.ID), listed[slices.IndexFunc(listed, func(l Listed) bool { return l.ID == k.ID })]} {
				got := []int{}
				for _, a := range row.Fate.Attempts {
					got = append(got, a.Status)
				}
				if row.Fate.State != state || row.Fate.Status() != status || !slices.Equal(got, statuses) || row.Meta.Events != 1 {
					t.Errorf("%s: %s, %s, attempts %v, want %s, %s, %v", when, row.Fate.State, row.Fate.Status(), got, state, status, statuses)
				}
			}
		}
		want("stored", bad, StateWaiting, StatusReceived)
		if fate, err := FateOf(t.Context(), w.store, w.find(bad.ID).Kept, true); err != nil || fate.State != StatePaused || fate.Status() != StatusReceived {
			t.Errorf("of a paused callback: %+v, %v", fate, err)
		}
		s := w.sender(nil)
		stop := w.run(s)
		defer stop()
		synctest.Wait()
		want("refused", bad, StateRetrying, StatusDispatched, 422)
		if a := w.find(bad.ID).Fate.Attempts[0]; a.Said != "no thanks" || a.Fault != FaultStatus || a.Number != 1 || a.Delivered() {
			t.Errorf("attempt %+v", a)
		}
		if err := s.Repeat(t.Context(), w.find(bad.ID)); !errors.Is(err, ErrWaits) {
			t.Errorf("sent again while it waits: %v", err)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		want("refused again", bad, StateDeadLetter, StatusDispatched, 400, 422)
		want("others", good, StateDelivered, StatusNotified, 200)

		letter := w.find(bad.ID)
		if err := s.Repeat(t.Context(), letter); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		want("sent again", bad, StateDelivered, StatusNotified, 200)
		if row := w.find(bad.ID); !row.Meta.Redelivery || string(row.Payload) != string(bad.Payload) || row.Lane != bad.Lane || row.Fate.Before {
			t.Errorf("sent again: %+v", row)
		}
		all, _ := w.list(Query{N: 100})
		if diff := cmp.Diff([]string{bad.ID, good.ID, bad.ID}, listedIDs(all)); diff != "" || all[2].Fate.State != StateResent || all[2].Fate.Status() != StatusDispatched {
			t.Errorf("rows: %s; the first sending is %s", diff, all[2].Fate.State)
		}
		if err := s.Repeat(t.Context(), letter); !errors.Is(err, ErrWaits) {
			t.Errorf("a dead letter was sent again twice: %v", err)
		}

		if err := s.Repeat(t.Context(), w.find(good.ID)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		times := w.times(good.ID)
		if row := w.find(good.ID); len(times) != 2 || !row.Fate.Before || !row.Meta.Redelivery || len(row.Fate.Attempts) != 1 {
			t.Errorf("sent %d times, the newest: %+v", len(times), row.Fate)
		}
		for _, p := range w.posts {
			if p.id == good.ID && p.body != string(good.Payload) {
				t.Errorf("other bytes: %s", p.body)
			}
		}
	})
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.form(change.Created, 1, "a")
		time.Sleep(time.Hour)
		noon := time.Now()
		w.form(change.Updated, 10, "a", "b", strings.Repeat("x", 300))
		time.Sleep(time.Hour)
		w.form(change.Deleted, 1, "b")
		stop := w.run(w.sender(nil))
		synctest.Wait()
		stop()
		time.Sleep(time.Hour)
		w.form(change.Created, 1, "c")
		w.emit("42", "old meta")
		for name, c := range map[string]struct {
			filter Filter
			want   string // objects of the first events
		}{
			"all":             {Filter{}, "?cbaa"},
			"delivered":       {Filter{State: StateDelivered}, "baa"},
			"waiting":         {Filter{State: StateWaiting}, "?c"},
			"dead":            {Filter{State: StateDeadLetter}, ""},
			"NOTIFIED":        {Filter{Status: StatusNotified}, "baa"},
			"RECEIVED":        {Filter{Status: StatusReceived}, "?c"},
			"DISPATCHED":      {Filter{Status: StatusDispatched}, ""},
			"both":            {Filter{Status: StatusNotified, State: StateWaiting}, ""},
			"CREATED":         {Filter{Type: change.Created}, "ca"},
			"object":          {Filter{ObjectID: "b"}, "ba"},
			"long object":     {Filter{ObjectID: strings.Repeat("x", 300)}, "a"},
			"object and type": {Filter{ObjectID: "b", Type: change.Deleted}, "b"},
			"resource":        {Filter{Resource: "other"}, ""},
			"from":            {Filter{From: noon}, "?cba"},
			"to":              {Filter{To: noon}, "a"},
			"from to":         {Filter{From: noon, To: noon.Add(time.Minute)}, "a"},
			"nothing between": {Filter{From: noon, To: noon}, ""},
			"before all":      {Filter{To: time.Unix(-5, 0)}, ""},
		} {
			for _, size := range []int{1, 2, 100} {
				got := ""
				for before, pages := store.Seq(0), 0; ; pages++ {
					rows, next := w.list(Query{Filter: c.filter, Before: before, N: size})
					for _, r := range rows {
						object := "?"
						if told, _ := r.Meta.Told(); len(told) > 0 {
							object = told[0].ObjectID
						}
						got += object
					}
					if before = next; next == 0 {
						break
					}
					if len(rows) != size || pages > 9 {
						t.Fatalf("%s: page %d of %d rows has a next one", name, pages, len(rows))
					}
				}
				if got != c.want {
					t.Errorf("%s by %d: %q, want %q", name, size, got, c.want)
				}
			}
		}
	})
}

// What was just sent again is found as the sending that waits, and not sent once more. One that is given up twice is one dead letter.
func TestNewestSendingIsFound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.target = func(string) (Target, error) {
			return Target{URL: "https://x/", Enabled: true, Retries: []time.Duration{}}, nil
		}
		rows := w.form(change.Created, 1, "good", "bad")
		good, bad := rows[0], rows[1]
		w.script(bad.ID, Answer{Status: 400}, Answer{Status: 400})
		send := func() *Sender {
			s := w.sender(nil)
			stop := w.run(s)
			synctest.Wait()
			stop()
			time.Sleep(time.Minute)
			return s
		}
		s := send()
		for _, id := range []string{good.ID, bad.ID} {
			if err := s.Repeat(t.Context(), w.find(id)); err != nil {
				t.Fatal(err)
			}
			again := w.find(id)
			if err := s.Repeat(t.Context(), again); !errors.Is(err, ErrWaits) || again.Fate.State != StateWaiting || again.Fate.Before != (id == good.ID) {
				t.Errorf("%v; the newest sending: %+v", err, again.Fate)
			}
		}
		send()
		listed, _ := w.list(Query{Filter: Filter{ObjectID: "bad"}, N: 9})
		if len(listed) != 2 || listed[0].Fate.State != StateDeadLetter || listed[1].Fate.State != StateResent || w.find(bad.ID).Seq != listed[0].Seq {
			t.Errorf("given up twice: %+v", listed)
		}
		key := w.find(bad.ID).Fate.Letter
		if err := s.SendAgain(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		if got := w.find(bad.ID); got.Fate.State != StateWaiting || got.Events != 1 || got.Meta.Events != 1 || !got.Meta.Redelivery {
			t.Errorf("sent again: %+v", got)
		}
	})
}

// keptCounter counts the rows that are read of the log.
type keptCounter struct {
	store.Store
	rows int
}

func (c *keptCounter) Kept(ctx context.Context, instance string, before store.Seq, n int) ([]store.Kept, error) {
	rows, err := c.Store.Kept(ctx, instance, before, n)
	c.rows += len(rows)
	return rows, err
}

// An old notification that was attempted is found by its log, without a look at all that came later.
func TestFindOfAnAttemptedNotificationIsCheap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		old := w.form(change.Created, 1, "old")[0]
		stop := w.run(w.sender(nil))
		synctest.Wait()
		stop()
		for some := range slices.Chunk(names("o", 3*findNew), 1000) {
			w.form(change.Created, 1, some...)
		}
		counter := &keptCounter{Store: w.store}
		if row, err := Find(t.Context(), counter, "42", old.ID, false); err != nil || row.Seq != old.Seq || counter.rows > findNew+scanStep {
			t.Errorf("found %d, %v, after %d rows", row.Seq, err, counter.rows)
		}
	})
}

// A filter that nothing passes does not read the whole log at once.
func TestListIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		objects := names("o", scanRows+scanStep+10)
		for some := range slices.Chunk(objects, 1000) {
			w.form(change.Created, 1, some...)
		}
		for what, list := range map[string]func(store.Seq) (int, store.Seq){
			"events": func(before store.Seq) (int, store.Seq) {
				rows, next := w.list(Query{Filter: Filter{ObjectID: objects[0]}, Before: before, N: 5})
				return len(rows), next
			},
			"changes": func(before store.Seq) (int, store.Seq) {
				list, next, err := Changes(t.Context(), w.store, "42", ChangesQuery{Filter: Filter{ObjectID: objects[0]}, Begin: Place{Seq: before}, N: 5})
				if err != nil {
					t.Fatal(err)
				}
				return len(list), next.Seq
			},
		} {
			n, next := list(0)
			if n != 0 || next == 0 {
				t.Fatalf("%s: %d rows, next %d, want none and a next page", what, n, next)
			}
			if n, next = list(next); n != 1 || next != 0 {
				t.Errorf("%s: %d rows, next %d, want the first one and no next page", what, n, next)
			}
		}
	})
}

func TestChangesArePagedWithinANotification(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		first := w.form(change.Created, 100, "a", "b", "c", "d", "e")
		time.Sleep(time.Hour)
		w.form(change.Updated, 100, "b", "f")
		s := w.sender(nil)
		stop := w.run(s)
		synctest.Wait()
		if err := s.Repeat(t.Context(), w.find(first[0].ID)); err != nil { // is told no second time
			t.Fatal(err)
		}
		synctest.Wait()
		stop()
		for _, c := range []struct {
			filter Filter
			want   string
		}{{Filter{}, "bfabcde"}, {Filter{ObjectID: "b"}, "bb"}, {Filter{Type: change.Created}, "abcde"}, {Filter{To: time.Now().Add(-time.Minute), ObjectID: "d"}, "d"}, {Filter{Resource: "none"}, ""}} {
			for _, size := range []int{1, 2, 3, 100} {
				got := ""
				for begin, pages := (Place{}), 0; ; pages++ {
					list, next, err := Changes(t.Context(), w.store, "42", ChangesQuery{Filter: c.filter, Begin: begin, N: size})
					if err != nil {
						t.Fatal(err)
					}
					for _, change := range list {
						got += change.ObjectID
						if change.State != StateDelivered || change.Resource != "contacts" || change.Formed.IsZero() || w.find(change.EventID).ID != change.Notification {
							t.Errorf("%+v", change)
						}
					}
					if next == (Place{}) {
						break
					}
					if again, ok := ParsePlace(next.String()); !ok || again != next || pages > 9 {
						t.Fatalf("place %v became %v; page %d", next, again, pages)
					}
					begin = next
				}
				if got != c.want {
					t.Errorf("%+v by %d: %q, want %q", c.filter, size, got, c.want)
				}
			}
		}
	})
	for _, bad := range []string{"x", "0", "1", "1.", "-1.1", "1.-1", "1.1.1", "18446744073709551615.1"} {
		if p, ok := ParsePlace(bad); ok {
			t.Errorf("%q is read as %v", bad, p)
		}
	}
}

// A dead letter is found after the store has let go of the row that it was; what is not there at all is not found.
func TestFindOfADeadLetterAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.target = func(string) (Target, error) {
			return Target{URL: "https://x/", Enabled: true, Retries: []time.Duration{}}, nil
		}
		w.answer = func(context.Context, post) (Answer, error) { return Answer{Status: 400}, nil }
		row := w.form(change.Created, 1, "a")[0]
		stop := w.run(w.sender(nil))
		synctest.Wait()
		stop()
		if err := w.store.Store.Forget(t.Context(), "42"); err != nil {
			t.Fatal(err)
		}
		got := w.find(row.ID)
		if got.Fate.State != StateDeadLetter || string(got.Payload) != string(row.Payload) || got.Seq != row.Seq || got.Meta.Events != 1 {
			t.Errorf("found %+v", got)
		}
		s := w.sender(nil)
		if err := s.Repeat(t.Context(), got); err != nil {
			t.Fatal(err)
		}
		if got := w.find(row.ID); got.Fate.State != StateWaiting || got.Events != 1 {
			t.Errorf("sent again: %+v", got)
		}
		for _, id := range []string{"none", row.ID + "x"} {
			if _, err := Find(t.Context(), w.store, "42", id, false); !errors.Is(err, ErrNoNotification) {
				t.Errorf("%s: %v", id, err)
			}
		}
		if _, err := Find(t.Context(), w.store, "4", row.ID, false); !errors.Is(err, ErrNoNotification) {
			t.Errorf("another instance's: %v", err)
		}
	})
}

// What waits for a deleted instance is erased, and not only dropped.
func TestRowsOfADeletedInstanceAreErased(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.emit("42", names("n", 50)...)
		w.target = func(string) (Target, error) { return Target{}, fmt.Errorf("x: %w", ErrGone) }
		stop := w.run(w.sender(nil))
		synctest.Wait()
		stop()
		if rows, _ := w.list(Query{N: 9}); len(rows) != 0 {
			t.Errorf("%d rows are kept", len(rows))
		}
	})
}
