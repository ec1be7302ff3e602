package deliver

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

func TestSpoolIsFullFromTheHighToTheLowWater(t *testing.T) {
	t.Parallel()
	var sunk []string
	s := newSpool(Load{10, 1000}, Load{4, 400}, func(instance string) { sunk = append(sunk, instance) })
	s.fill(nil)
	for _, step := range []struct {
		what  string
		do    func()
		admit bool
		sunk  int
	}{
		{"nothing waits", func() {}, true, 0},
		{"below", func() { s.take("7", Load{9, 10}) }, true, 0},
		{"a page goes in whole", func() { s.take("7", Load{500, 10}) }, false, 0},
		{"between the waters", func() { s.drain("7", Load{504, 10}) }, false, 0},
		{"low", func() { s.drain("7", Load{1, 1}) }, true, 1},
		{"told once", func() { s.drain("7", Load{1, 1}) }, true, 1},
		{"bytes count, too", func() { s.take("7", Load{1, 1000}) }, false, 1},
		{"both must be low", func() { s.drain("7", Load{4, 500}) }, false, 1},
		{"now they are", func() { s.drain("7", Load{0, 200}) }, true, 2},
		{"never below nothing", func() { s.drain("7", Load{1000, 1 << 40}) }, true, 2},
		{"full again", func() { s.take("7", Load{10, 0}) }, false, 2},
		{"nothing waits after all", func() { s.empty("7") }, true, 3},
		{"another one", func() { s.take("8", Load{1000, 0}) }, true, 3},
	} {
		if step.do(); s.admits("7", Load{}, false) != step.admit || len(sunk) != step.sunk {
			t.Fatalf("%s: admits %v, told %d times", step.what, !step.admit, len(sunk))
		}
	}
	s.take("7", Load{6, 0})
	if s.admits("7", Load{4, 0}, false) || !s.admits("7", Load{3, 0}, false) {
		t.Error("what is formed and not committed does not count")
	}
}

func TestSpoolHasAnInstanceWaitWhileMemoryIsCrowded(t *testing.T) {
	t.Parallel()
	var sunk []string
	s := newSpool(Load{100, 1000}, Load{50, 500}, func(instance string) { sunk = append(sunk, instance) })
	s.fill(nil)
	admits := func(what string, crowded, want bool, told int) {
		t.Helper()
		if s.admits("7", Load{}, crowded) != want || len(sunk) != told {
			t.Fatalf("%s: admits %t, told %d times, want %t, %d", what, !want, len(sunk), want, told)
		}
	}
	admits("nothing waits", true, true, 0)
	s.take("7", Load{9, 90})
	admits("memory is not crowded", false, true, 0)
	admits("something waits", true, false, 0)
	admits("memory is not crowded any more", false, true, 0)
	s.drain("7", Load{4, 50})
	admits("more than half of it waits", false, true, 0)
	s.drain("7", Load{1, 10})
	admits("half of it has gone", true, false, 1)
	s.drain("7", Load{4, 30})
	admits("all of it has gone", true, true, 2)
	s.take("7", Load{1, 1})
	admits("one waits", true, false, 2)
	s.empty("7")
	admits("none does after all", true, true, 3)
	s.take("7", Load{100, 0})
	admits("full", true, false, 3)
	s.drain("7", Load{40, 0})
	admits("between the waters", false, false, 3)
	s.drain("7", Load{10, 0})
	admits("low", false, true, 4)
}

// TestBacklogIsCountedExactly: deliveries, dead letters, what an earlier process left, and rows that are sent again.
func TestBacklogIsCountedExactly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		status := func(n int) {
			w.set(func() { w.answer = func(context.Context, post) (Answer, error) { return Answer{Status: n}, nil } })
		}
		status(503)
		left := w.take(nil, 4)
		var low []string
		s := w.sender(func(c *Config) {
			c.High, c.Low = Load{14, 1 << 20}, Load{4, 1 << 19}
			c.OnLow = func(instance string) { low = append(low, instance) }
			c.Retries = []time.Duration{time.Minute}
		})
		if s.Admits("7", Load{}) {
			t.Error("admitted before the rows of an earlier process were counted")
		}
		defer w.run(s)()
		<-s.Counted()
		synctest.Wait()
		wantBacklog(t, s, left, false)
		more := w.take(s, 3)
		wantBacklog(t, s, left.plus(more), true)
		if s.Admits("7", Load{}) {
			t.Error("admitted above the high water")
		}
		status(400) // all are given up, after one retry each
		s.Refresh("7")
		time.Sleep(time.Hour)
		synctest.Wait()
		wantBacklog(t, s, Load{}, false)
		if !slices.Equal(low, []string{"7"}) {
			t.Errorf("told %v, want 7", low)
		}
		letters, err := DeadLetters(t.Context(), w.store, "7", time.Time{}, store.Key{}, 9)
		if err != nil || len(letters) != 7 {
			t.Fatalf("%d dead letters, %v", len(letters), err)
		}
		status(503)
		if err := s.SendAgain(t.Context(), letters[0].Key); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		wantBacklog(t, s, Load{2, int64(letters[0].Size)}, false)
		status(200)
		time.Sleep(time.Hour)
		synctest.Wait()
		wantBacklog(t, s, Load{}, false)
	})
}

// take commits n notifications of two events for instance 7, and hands them over if there is a sender.
func (w *world) take(s *Sender, n int) (l Load) {
	w.t.Helper()
	var rows []store.Notification
	for _, id := range names(fmt.Sprint(time.Now().UnixNano()), n) {
		row := store.Notification{
			Lane: store.Lane{Instance: "7"}, ID: id, Events: 2, Meta: Meta{Events: 2, Resource: "contacts"}.encode(), Payload: []byte(`{"some":"payload"}`),
		}
		rows, l = append(rows, row), l.plus(loadOf(row))
	}
	out, err := store.One(w.store.Store.Commit(w.t.Context(), store.Change{Emit: rows}))
	if err != nil {
		w.t.Fatal(err)
	}
	if s != nil {
		s.Take(rows, out.Seqs)
	}
	return l
}

func wantBacklog(t *testing.T, s *Sender, want Load, full bool) {
	t.Helper()
	if got, is := s.Backlog("7"); got != want || is != full {
		t.Errorf("backlog %+v, full %v; want %+v, %v", got, is, want, full)
	}
}
