package change

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func deletions(prefix string, from, to int) (all []string) {
	for i := from; i < to; i++ {
		all = append(all, fmt.Sprintf("DELETED %s%04d", prefix, i))
	}
	return all
}

// gone takes objects away and reads once: they are missing, and one more complete scan would tell them.
func (w *hashWorld) gone(from, to int) {
	w.t.Helper()
	for i := from; i < to; i++ {
		w.del(fmt.Sprintf("a%04d", i))
	}
	if c := w.want(); c.Missing != to-from {
		w.t.Errorf("counts %+v, want %d missing", c, to-from)
	}
}

func TestGuardBounds(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name      string
		guard     Guard
		all, gone int
		held      bool
	}{
		{"a fifth", Guard{}, 100, 20, false},
		{"more than a fifth", Guard{}, 100, 21, true},
		{"ten of few", Guard{}, 12, 10, false},
		{"eleven of few", Guard{}, 12, 11, true},
		{"an empty answer", Guard{}, 60, 60, true},
		{"a smaller part", Guard{Fraction: 0.05, IDs: 2}, 100, 6, true},
		{"as many as the smaller part", Guard{Fraction: 0.05, IDs: 2}, 100, 5, false},
		{"more ids", Guard{IDs: 50}, 100, 50, false},
		{"every deletion", Guard{Fraction: -1, IDs: -1}, 100, 1, true},
		{"no guard", Guard{Fraction: 1}, 100, 100, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := watchHashes(t, func(r *HashRule) { r.Guard = c.guard }).some("a", c.all, "1")
			w.want()
			w.gone(0, c.gone)
			if !c.held {
				w.want(deletions("a", 0, c.gone)...)
				if w.held() != nil {
					t.Errorf("held %+v, want nothing", w.held())
				}
				return
			}
			w.want()
			if w.held() == nil || w.held().Count != c.gone {
				t.Errorf("held %+v, want %d", w.held(), c.gone)
			}
		})
	}
}

func TestHeldIsShownAndWritesOnce(t *testing.T) {
	t.Parallel()
	w := watchHashes(t).some("a", 60, "1")
	w.want()
	w.gone(0, 30)
	w.want()
	held := w.held()
	if held.Count != 30 || held.Since != epoch.UnixMilli() || len(held.Sample) != 20 || held.Sample[0] != "a0000" {
		t.Errorf("held %+v", held)
	}
	written := w.written
	w.want()
	if w.written != written {
		t.Error("a scan that holds the same wrote again")
	}
}

func TestHeldIsToldWhenConfirmed(t *testing.T) {
	t.Parallel()
	w := watchHashes(t).some("a", 60, "1")
	w.want()
	w.gone(0, 30)
	w.want()
	w.gone(30, 50) // missing once when the decision is made: not covered by it
	w.decide(Confirm)
	w.set("a0000=1", "a0001=2") // back in time
	w.want(slices.Concat([]string{"UPDATED a0001"}, deletions("a", 2, 30))...)
	held := w.held()
	if held == nil || held.Count != 20 || held.Decision != "" {
		t.Fatalf("held %+v, want the twenty that went later, not decided", held)
	}
	w.decide(Confirm)
	w.want(deletions("a", 30, 50)...)
	if w.held() != nil {
		t.Errorf("held %+v, want nothing", w.held())
	}
	w.want()
}

func TestHeldIsKeptWhenRefused(t *testing.T) {
	t.Parallel()
	w := watchHashes(t).some("a", 60, "1")
	w.want()
	w.gone(0, 30)
	w.want()
	w.decide(Confirm)
	w.decide(Refuse) // the last word counts
	w.want()
	if w.held() != nil {
		t.Errorf("held %+v, want nothing", w.held())
	}
	if c := w.want(); c.Missing != 30 {
		t.Errorf("counts %+v, want all missing as if for the first time", c)
	}
	w.want()
	if w.held() == nil || w.held().Count != 30 {
		t.Errorf("held %+v, want them held again", w.held())
	}
	w.some("a", 60, "1") // all are back
	if c := w.want(); c.Known != 60 || w.held() != nil {
		t.Errorf("counts %+v, held %+v", c, w.held())
	}
}

// What is held is told as soon as so few are left that the guard allows them.
func TestHeldIsWeighedAgain(t *testing.T) {
	t.Parallel()
	w := watchHashes(t).some("a", 60, "1")
	w.want()
	w.gone(0, 30)
	w.want()
	for i := 12; i < 30; i++ {
		w.set(fmt.Sprintf("a%04d=1", i))
	}
	w.want(deletions("a", 0, 12)...)
}

func TestDecideRefusesNonsense(t *testing.T) {
	t.Parallel()
	w := watchHashes(t)
	if _, err := Decide(w.record, Confirm); !errors.Is(err, ErrNotHeld) {
		t.Errorf("error %v, want ErrNotHeld", err)
	}
	dates, _, err := NewCheckpoint(millisRule(t), epoch).Save()
	if err != nil {
		t.Fatal(err)
	}
	if held, err := HeldIn(dates); held != nil || err != nil {
		t.Errorf("held %v, error %v for a resource watched by dates, want neither", held, err)
	}
	if _, err := Decide(dates, Confirm); !errors.Is(err, ErrNotHeld) {
		t.Errorf("error %v, want ErrNotHeld", err)
	}
	for _, record := range [][]byte{nil, {9}, {2, '{'}} {
		if _, err := HeldIn(record); err == nil {
			t.Errorf("record %q is read", record)
		}
	}
	if _, err := Decide(w.record, "maybe"); err == nil || !strings.Contains(err.Error(), `want "confirm" or "refuse"`) {
		t.Errorf("error %v", err)
	}
}

// A crash between the commits that tell many deletions loses none and repeats none.
func TestManyDeletionsSurviveCrashes(t *testing.T) {
	t.Parallel()
	for crash := 1; crash <= 6; crash++ {
		w := watchHashes(t).some("a", 60, "1")
		w.want()
		w.gone(0, 30)
		w.want()
		w.decide(Confirm)
		h, s := w.begin()
		s.Restart()
		for _, page := range w.pages() {
			s.Page(page)
		}
		var told []string
		for range crash {
			changes, _, more := s.Finish(5)
			told = append(told, w.tell(changes)...)
			if !more {
				break
			}
			s.Pause("", false)
			w.save(h)
		}
		again, _ := w.scan()
		if diff := cmp.Diff(deletions("a", 0, 30), append(told, again...)); diff != "" {
			t.Errorf("crash after %d commits (-want +got):\n%s", crash, diff)
		}
		if w.held() != nil {
			t.Errorf("held %+v, want nothing", w.held())
		}
	}
}

// A scan that ends twice, because a crash came between the commits of its end, counts once.
func TestMissingIsCountedByScan(t *testing.T) {
	t.Parallel()
	w := watchHashes(t).some("a", 3000, "1")
	w.want()
	for i := range 600 {
		w.del(fmt.Sprintf("a%04d", i))
	}
	for range 3 {
		h, s := w.begin()
		s.Restart()
		for _, page := range w.pages() {
			s.Page(page)
		}
		if changes, counts, _ := s.Finish(1000); len(changes) != 0 || counts.Missing != 600 {
			t.Fatalf("told %d, counts %+v", len(changes), counts)
		}
		// The entries are stored, the record says that the scan goes on.
		h.Generation = 1
		w.save(h)
	}
	w.want()
	w.want(deletions("a", 0, 600)...)
}
