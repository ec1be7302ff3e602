package poll

import (
	"slices"
	"testing"

	"github.com/pollwright/pollwright/engine/deliver"
)

// TestFullBacklogStopsAScanBetweenPages: what is found is stored, the scan keeps its place, and goes on from there when it may. No page is
// read twice, no record is told twice or lost, and the mark moves at the end only.
func TestFullBacklogStopsAScanBetweenPages(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	w.poll(0)
	mark := w.mark()
	w.add("a", 20, 60) // ten pages of three rows, of which one repeats the page before
	var asked []deliver.Load
	room := 0
	w.poller.Admit = func(instance string, found deliver.Load) bool {
		if instance != "42" {
			t.Errorf("asked for instance %q", instance)
		}
		asked = append(asked, found)
		room--
		return room >= 0
	}
	w.fetches = 0
	var told []int
	for polls := 1; ; polls++ {
		room = polls // more at every poll
		out := w.poll(100)
		told = append(told, out.Created)
		if out.Error != nil {
			t.Fatal(out.Error)
		}
		if !out.Continues {
			if out.Backlogged {
				t.Error("backlogged at the end")
			}
			break
		}
		if !out.Backlogged || !out.Again() || !w.mark().Equal(mark) {
			t.Fatalf("poll %d: %+v, mark %v, want one that waits and leaves the mark at %v", polls, out, w.mark(), mark)
		}
	}
	if want := []int{5, 6, 8, 1}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
	if w.fetches != 10 {
		t.Errorf("%d pages were read, want each of the 10 once", w.fetches)
	}
	all := w.told()
	slices.Sort(all)
	if len(all) != 20 || len(slices.Compact(all)) != 20 {
		t.Errorf("told %v, want each of the 20 once", all)
	}
	if !w.mark().After(mark) {
		t.Error("the mark has not moved at the end")
	}
	if asked[0] != (deliver.Load{Events: 3, Bytes: asked[0].Bytes}) || asked[0].Bytes == 0 {
		t.Errorf("what was found and not yet committed is %+v at the first page, want its 3 events", asked[0])
	}
}
