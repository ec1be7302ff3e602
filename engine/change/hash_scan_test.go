package change

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHashTellsWhatHappened(t *testing.T) {
	t.Parallel()
	w := watchHashes(t).set("a=1", "b=1", "c=1", "d=1")
	if c := w.want(); c.Baseline != 4 || c.Records != 4 {
		t.Errorf("baseline %+v, want 4 records noted and none told", c)
	}
	w.set("b=2", "e=1").del("c")
	if c := w.want("UPDATED b", "CREATED e"); c.Known != 2 || c.Missing != 1 {
		t.Errorf("counts %+v, want 2 known and 1 missing", c)
	}
	if c := w.want("DELETED c"); c.Deleted != 1 || c.Known != 4 {
		t.Errorf("counts %+v, want 1 deleted and 4 known", c)
	}
	written := w.written
	if w.want(); w.written != written {
		t.Errorf("a scan that changed nothing wrote %d bytes", w.written-written)
	}
}

func TestHashTellsTheFirstRecordsIfAsked(t *testing.T) {
	t.Parallel()
	w := watchHashes(t, func(r *HashRule) { r.Tell = true }).set("a=1", "b=1")
	w.want("CREATED a", "CREATED b")
	w.want()
}

func TestHashVersionsTellEqualContentsApart(t *testing.T) {
	t.Parallel()
	w := watchHashes(t).set("x=A", "y=A")
	w.want()
	for _, content := range []string{"B", "A", "B", "A"} {
		w.set("x=" + content)
		w.want("UPDATED x")
	}
	for range 3 { // deleted and restored with the same content
		w.del("y")
		w.want()
		w.want("DELETED y")
		w.set("y=A")
		w.want("CREATED y")
	}
	if slices.Sort(w.ids); len(slices.Compact(w.ids)) != 10 {
		t.Errorf("ten changes have %d event ids", len(slices.Compact(w.ids)))
	}
}

func TestHashBackBetweenTwoScansIsNotDeleted(t *testing.T) {
	t.Parallel()
	w := watchHashes(t).set("x=A", "y=A")
	w.want()
	for range 3 { // absent from every second scan
		w.del("x")
		if c := w.want(); c.Missing != 1 {
			t.Errorf("counts %+v, want one missing", c)
		}
		w.set("x=A")
		w.want()
	}
}

func TestHashWithoutDeletesKeepsWhatIsGone(t *testing.T) {
	t.Parallel()
	w := watchHashes(t, func(r *HashRule) { r.Deletes = false }).set("a=1", "b=1", "c=1")
	w.want()
	written := w.written
	w.del("a", "b")
	for range 3 {
		w.want()
	}
	if w.written != written {
		t.Errorf("absence wrote %d bytes, although nobody asks for deletes", w.written-written)
	}
	w.set("a=1", "b=2")
	w.want("UPDATED b")
}

// A scan that is cut tells no deletion, whatever it has not seen: not when it is cut twice, nor when rows moved.
func TestHashCutScansDeleteNothing(t *testing.T) {
	t.Parallel()
	cut := map[string]func(w *hashWorld, h *Hashes, s *HashScan){
		"crash": func(*hashWorld, *Hashes, *HashScan) {},
		"fault after a save": func(w *hashWorld, h *Hashes, s *HashScan) {
			s.Pause("page 2", true)
			w.save(h)
		},
		"unstable after a save": func(w *hashWorld, h *Hashes, s *HashScan) {
			s.Pause("page 2", true)
			w.save(h)
			h, s = w.begin()
			s.Abandon()
			if w.save(h); w.load().Token() != "" {
				w.t.Error("a scan that was given up is still open")
			}
		},
		"unstable": func(w *hashWorld, h *Hashes, s *HashScan) {
			if s.Abandon(); s.Touched() {
				w.save(h)
			}
		},
	}
	for name, end := range cut {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := watchHashes(t).some("a", 12, "1")
			w.want()
			for range 4 {
				h, s := w.begin()
				s.Restart()
				for _, page := range w.pages()[:2] {
					if changes, _ := s.Page(page); len(changes) != 0 {
						t.Errorf("told %v", changes)
					}
				}
				end(w, h, s)
			}
			w.want()
			w.del("a0011")
			if c := w.want(); c.Missing != 1 {
				t.Errorf("counts %+v, want the one that is gone, missing once", c)
			}
			w.want("DELETED a0011")
		})
	}
}

func TestHashScanGoesOnWhereItWasPaused(t *testing.T) {
	t.Parallel()
	w := watchHashes(t).some("a", 12, "1")
	w.want()
	w.del("a0001", "a0010").set("a0002=2", "a0011=2")
	for round := range 2 { // each complete scan takes four polls
		var told []string
		for i, page := range w.pages() {
			h, s := w.begin()
			if got, want := h.Token(), fmt.Sprint("page ", i); i > 0 && got != want {
				t.Fatalf("token %q, want %q", got, want)
			}
			changes, counts := s.Page(page)
			told = append(told, w.tell(changes)...)
			if counts.Repeated != 0 {
				t.Errorf("counts %+v: a page that was not read yet came again", counts)
			}
			if i+1 < len(w.pages()) {
				s.Pause(fmt.Sprint("page ", i+1), true)
				w.save(h)
				continue
			}
			changes1, counts := w.finish(h, s)
			told = append(told, changes1...)
			if want := []Counts{{Missing: 2}, {Deleted: 2}}[round]; counts != want {
				t.Errorf("round %d ends with %+v, want %+v", round, counts, want)
			}
		}
		want := [][]string{{"UPDATED a0002", "UPDATED a0011"}, {"DELETED a0001", "DELETED a0010"}}[round]
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("round %d (-want +got):\n%s", round, diff)
		}
	}
}

// A commit that saves no place keeps the one before it: what was told since is not told again, and still has to be seen.
func TestHashCommitWithoutPlaceKeepsTheLastOne(t *testing.T) {
	t.Parallel()
	w := watchHashes(t).some("a", 140_000, "1")
	w.size = 4000
	w.want()
	ids := slices.Sorted(maps.Keys(w.objects))
	w.set(ids[1]+"=2", ids[4001]+"=2", ids[4001]+"x=1", ids[8001]+"=2")
	pages := w.pages()
	h, s := w.begin()
	s.Page(pages[0])
	s.Pause("page 1", true)
	w.save(h)
	changes, _ := s.Page(pages[1])
	if s.Pause("page 2", false); len(changes) != 2 {
		t.Fatalf("told %v, want two", changes)
	}
	w.save(h)
	h, s = w.begin()
	if h.Token() != "page 1" {
		t.Fatalf("the scan goes on at %q, want the place that was saved", h.Token())
	}
	var counts Counts
	for _, page := range pages[1:] {
		_, c := s.Page(page)
		counts = counts.Add(c)
	}
	_, end := w.finish(h, s)
	if counts.Updated != 1 || end.Missing != 0 || counts.Repeated != 0 {
		t.Errorf("counts %+v and %+v, want one update that was not told, nothing missing", counts, end)
	}
}

func TestHashOldPlaceIsNotTrusted(t *testing.T) {
	t.Parallel()
	w := watchHashes(t).some("a", 6, "1")
	w.want()
	h, s := w.begin()
	s.Page(w.pages()[0])
	s.Pause("page 1", true)
	w.save(h)
	h = w.load()
	if BeginHash(w.rule, h, epoch.Add(71*time.Hour)); h.Token() == "" {
		t.Error("a place of yesterday was given up")
	}
	if BeginHash(w.rule, h, epoch.Add(73*time.Hour)); h.Token() != "" || h.index.seen()[0] != 0 {
		t.Error("a place of three days ago is still trusted")
	}
}

// What was told by a scan that never ended is not told again, and a change back and forth between such scans has ids of its own.
func TestHashInterruptedScansTellOnce(t *testing.T) {
	t.Parallel()
	w := watchHashes(t).set("a=A", "b=A")
	w.want()
	var told []string
	for _, content := range []string{"B", "B", "A", "B", "A", "A"} {
		w.set("a=" + content)
		h, s := w.begin()
		s.Restart()
		changes, _ := s.Page(w.pages()[0])
		told = append(told, w.tell(changes)...)
		s.Pause("", true)
		w.save(h)
	}
	if diff := cmp.Diff([]string{"UPDATED a", "UPDATED a", "UPDATED a", "UPDATED a"}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if slices.Sort(w.ids); len(slices.Compact(w.ids)) != 4 {
		t.Error("two changes have the same event id")
	}
	w.want()
}

// Generations that interrupted scans gave do not come again in the next life of an object.
func TestHashGenerationsNeverComeAgain(t *testing.T) {
	t.Parallel()
	w := watchHashes(t).set("a=A", "b=A")
	w.want()
	for i := range 40 {
		switch {
		case i == 20:
			w.del("a").want()
			w.want("DELETED a")
		case i < 20:
			w.set("a=" + "AB"[(i+1)%2:(i+1)%2+1])
			h, s := w.begin()
			changes, _ := s.Page(w.pages()[0])
			w.tell(changes)
			s.Abandon()
			w.save(h)
		default:
			w.set("a=" + "AB"[i%2:i%2+1])
			w.scan()
		}
	}
	n := len(w.ids)
	if slices.Sort(w.ids); n != 40 || len(slices.Compact(w.ids)) != n {
		t.Errorf("%d changes have %d event ids, want 40", n, len(slices.Compact(w.ids)))
	}
}

// A change that was detected, but not stored, is detected again with the same event id.
func TestHashLostCommitRepeatsTheSameIDs(t *testing.T) {
	t.Parallel()
	w := watchHashes(t).set("a=1", "b=1", "c=1")
	w.want()
	w.del("a")
	w.want()
	w.set("b=2", "d=1")
	record, chunks := w.record, w.chunks
	var all [][]string
	for range 3 {
		w.record, w.chunks, w.ids = record, map[string][]byte{}, nil
		for id, value := range chunks {
			w.chunks[id] = value
		}
		w.want("UPDATED b", "CREATED d", "DELETED a")
		all = append(all, w.ids)
	}
	if !slices.Equal(all[0], all[1]) || !slices.Equal(all[1], all[2]) {
		t.Errorf("event ids %v", all)
	}
}

func TestHashRepeatedRecords(t *testing.T) {
	t.Parallel()
	w := watchHashes(t).set("a=1")
	w.want()
	h, s := w.begin()
	changes, counts := s.Page([]json.RawMessage{object1("a", "1"), object1("b", "1"), object1("b", "1"), object1("b", "2"), object1("a", "1")})
	if len(changes) != 1 || counts.Repeated != 3 || counts.Differing != 1 || counts.Created != 1 {
		t.Errorf("told %v, counts %+v; want b once, three repeated, one of them differing", changes, counts)
	}
	w.finish(h, s)
	w.set("b=2")
	w.want("UPDATED b") // what differed was not lost
}

func TestHashCountsWhatHasNoID(t *testing.T) {
	t.Parallel()
	w := watchHashes(t)
	_, s := w.begin()
	_, counts := s.Page(raw([]string{`{"x":1}`, `{"id":""}`, `{"id":null}`, `{"id":[1]}`, `{"id":"` + strings.Repeat("x", 1025) + `"}`, `{"id":7}`}))
	if want := (Counts{Records: 6, NoID: 5, Baseline: 1}); counts != want {
		t.Errorf("counts %+v, want %+v", counts, want)
	}
}

func TestHashFallbackID(t *testing.T) {
	t.Parallel()
	w := watchHashes(t, func(r *HashRule) { r.ID, r.Fallback, r.Tell = path(t, "contactId"), path(t, "id"), true }).set("a=1", "b=1")
	if c := w.want("CREATED a", "CREATED b"); c.Fallback != 2 {
		t.Errorf("counts %+v, want two by the fallback", c)
	}
	if id := w.rule.ObjectID(object1("a", "1")); id != "a" {
		t.Errorf("id %q", id)
	}
	if id := w.rule.ObjectID([]byte(`{"id":"a","contactId":5}`)); id != "5" {
		t.Errorf("id %q, want that of the configured field", id)
	}
}

func TestHashTellsTheRecordsDate(t *testing.T) {
	t.Parallel()
	w := watchHashes(t, func(r *HashRule) {
		r.Dates, r.Tell = Fields{Updated: field(t, "updated", "milliseconds", ""), Created: field(t, "created", "milliseconds", "")}, true
	})
	_, s := w.begin()
	changes, _ := s.Page(raw([]string{rec("a", 5, 7), `{"id":"b","created":1000}`, `{"id":"c","updated":"soon"}`}))
	want := []time.Time{epoch.Add(7 * time.Second), time.UnixMilli(1000).UTC(), epoch}
	for i, c := range changes {
		if !c.Date.Equal(want[i]) || c.Version == "" || len(c.Record) == 0 {
			t.Errorf("%s: %+v, want date %v", c.ObjectID, c, want[i])
		}
	}
	if why := changes[2].Why; why.Updated != "soon" || why.Rule != RuleNewID {
		t.Errorf("why %+v", why)
	}
}

// Leaving out another field makes every hash another one: that is not a million updates.
func TestHashTakesContentsAsTheyAreWhenTheRuleChanges(t *testing.T) {
	t.Parallel()
	w := watchHashes(t).set("a=1", "b=1")
	w.want()
	w.rule.Exclude = []Path{path(t, "score")}
	w.want()
	w.rule.Exclude = []Path{path(t, "content")}
	if c := w.want(); c.Baseline != 2 {
		t.Errorf("counts %+v, want both noted anew", c)
	}
	w.set("a=2", "c=1")
	w.want("CREATED c")
	w.rule.Exclude = nil
	w.want()
	w.set("a=3")
	w.want("UPDATED a")
}
