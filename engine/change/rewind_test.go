package change

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// rewound is a world with a memory of what was told: the event's id by object and version.
type rewound struct {
	*world
	told map[string]map[string]Kind
}

func (w *rewound) recall(id, version string) (Kind, bool) {
	return w.told[id][version], len(w.told[id]) > 0
}

func (w *rewound) rewind(to time.Time) error {
	record, _, err := Rewind(w.record, to, fmt.Sprint("rewind to ", to, " of ", len(w.record)))
	if err == nil {
		w.record = record
	}
	return err
}

// scan shows records in pages, and stops in the middle of them, with a commit, as often as cut says.
func (w *rewound) scan(at time.Time, cut func() bool, records ...string) (changes []Change) {
	w.t.Helper()
	cp := w.load()
	scan := Begin(w.rule, cp)
	scan.Recall(w.recall)
	scan.SetClock(at, at)
	for i, record := range records {
		told, _ := scan.Page(raw([]string{record}))
		changes = append(changes, told...)
		if i+1 < len(records) && cut() { // what was told by now is remembered, and the scan begins at its first page again
			scan.Pause("page")
			w.save(cp)
			return append(changes, w.scan(at, cut, records...)...)
		}
	}
	if scan.Finish() {
		w.save(cp)
	}
	return changes
}

func (w *rewound) note(changes []Change) {
	for _, c := range changes {
		if w.told[c.ObjectID] == nil {
			w.told[c.ObjectID] = map[string]Kind{}
		}
		w.told[c.ObjectID][c.Version] = c.Kind
	}
}

// TestARewindTellsAgainWhatWasTold runs a provider at random, rewinds, and compares: what is dated from then on is told once more, as the kind
// it was told as, beside what is new; nothing older, and nothing twice.
func TestARewindTellsAgainWhatWasTold(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		w := &rewound{watch(t, millisRule(t)), map[string]map[string]Kind{}}
		never := func() bool { return false }
		now := 1.0
		type row struct{ created, updated float64 }
		rows := map[string]row{}
		var names []string
		page := func() (all []string) {
			for _, name := range names {
				all = append(all, rec(name, rows[name].created, rows[name].updated))
			}
			return all
		}
		mutate := func() {
			for range rng.IntN(4) {
				now += float64(rng.IntN(60)) / 2
				if name := fmt.Sprint("r", rng.IntN(12)); rows[name] == (row{}) {
					names = append(names, name)
					rows[name] = row{now, now}
				} else {
					rows[name] = row{rows[name].created, now + 0.001}
				}
			}
		}
		for range 1 + rng.IntN(12) {
			mutate()
			now += float64(rng.IntN(400))
			w.note(w.scan(after(now), never, page()...))
		}
		mutate() // not told yet when the rewind comes
		for range 1 + rng.IntN(2) {
			to := float64(rng.IntN(int(now)+1)) + float64(rng.IntN(2))/2
			var ahead *AheadError
			if err := w.rewind(after(to)); errors.As(err, &ahead) {
				continue
			} else if err != nil {
				t.Fatal(err)
			}
			now++
			got, want := map[string]int{}, map[string]int{}
			for name, r := range rows {
				if r.updated >= to || len(w.told[name]) == 0 {
					want[name]++
				}
			}
			again := w.scan(after(now), func() bool { return rng.IntN(3) == 0 }, page()...)
			for _, c := range again {
				got[c.ObjectID]++
				if was := w.told[c.ObjectID][c.Version]; was != "" && was != c.Kind {
					t.Errorf("seed %d: %s was told %s and is told %s again", seed, c.ObjectID, was, c.Kind)
				}
			}
			w.note(again)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("seed %d, rewound to %v at %v, told (-want +got):\n%s\nrows %v", seed, to, now, diff, rows)
			}
			for range 2 {
				now++
				if more := w.scan(after(now), never, page()...); len(more) > 0 {
					t.Fatalf("seed %d: told %v after the rewind was done", seed, more)
				}
			}
		}
	}
}

// TestARewindToldByMemory: the states told before keep their kinds although the dates alone would say otherwise.
func TestARewindToldByMemory(t *testing.T) {
	t.Parallel()
	w := &rewound{watch(t, millisRule(t)), map[string]map[string]Kind{}}
	never := func() bool { return false }
	w.note(w.scan(after(1), never, rec("old", -5000, -4000)))
	w.note(w.scan(after(1000), never, rec("twice", 999, 999), rec("old", -5000, 998))) // CREATED, UPDATED
	w.note(w.scan(after(1010), never, rec("twice", 999, 1005)))                        // UPDATED
	w.note(w.scan(after(2000), never, rec("far", 1999, 1999)))
	if err := w.rewind(after(900)); err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, c := range w.scan(after(2001), never, rec("twice", 999, 1005), rec("old", -5000, 998), rec("far", 1999, 1999), rec("late", 950, 950), rec("old2", 10, 890)) {
		told = append(told, string(c.Kind)+" "+c.ObjectID)
	}
	want := []string{"UPDATED twice", "UPDATED old", "CREATED far", "CREATED late"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
	if mark := w.load().Mark(); !mark.Equal(after(1999)) {
		t.Errorf("mark %v after the rewind, want %v as before", mark, after(1999))
	}
}

// TestARewindWhoseRecordsAreGone: the mark is where it was although nothing was found, so that what is older than the rewind stays untold.
func TestARewindWhoseRecordsAreGone(t *testing.T) {
	t.Parallel()
	w := watch(t, millisRule(t))
	w.want(after(1), nil)
	w.want(after(500), []string{rec("before", 499, 499)}, "CREATED before")
	w.want(after(1000), []string{rec("gone", 999, 999)}, "CREATED gone")
	record, from, err := Rewind(w.record, after(500), "1")
	if err != nil || !from.Equal(after(999)) {
		t.Fatalf("from %v, err %v", from, err)
	}
	w.record = record
	w.want(after(1001), []string{rec("before", 499, 499)})
	w.want(after(1002), []string{rec("before", 499, 499)})
}

// TestARewindOfManyRecords: what is remembered lies in chunks, more than one commit deletes, and the scan is interrupted.
func TestARewindOfManyRecords(t *testing.T) {
	t.Parallel()
	w := &rewound{watch(t, millisRule(t)), map[string]map[string]Kind{}}
	never := func() bool { return false }
	w.scan(after(1), never)
	var all []string
	for n := range 4000 { // over 11 hours, a bucket each
		all = append(all, rec(fmt.Sprint("r", n), float64(10*n+10), float64(10*n+10)))
	}
	w.note(w.scan(after(40_011), never, all...))
	for round := range 2 {
		if err := w.rewind(after(10_000)); err != nil {
			t.Fatal(err)
		}
		cuts := 0
		got := map[string]int{}
		for _, c := range w.scan(after(40_012), func() bool { cuts++; return cuts%900 == 0 && cuts < 5000 }, all...) {
			got[string(c.Kind)+" "+c.ObjectID]++
		}
		if len(got) != 3001 || got["CREATED r999"] != 1 || got["CREATED r3999"] != 1 {
			t.Errorf("round %d: %d told again, want the 3001 dated 10,000 s or later", round, len(got))
		}
		if more := w.scan(after(40_013), never, all...); len(more) > 0 {
			t.Errorf("round %d: %d told after the rewind was done", round, len(more))
		}
	}
	for range 20 { // what is left over goes with later commits
		if err := w.rewind(after(39_999)); err != nil {
			t.Fatal(err)
		}
		w.scan(after(40_014), never, all[3990:]...)
	}
	if n := w.load().Remembered(); n > 100 {
		t.Errorf("%d records are remembered in the end", n)
	}
}

func TestARewindRoundsDownToTheDatesUnit(t *testing.T) {
	t.Parallel()
	rule := millisRule(t)
	rule.Updated = field(t, "day", "yyyy-MM-dd", "America/New_York")
	rule.Created = rule.Updated
	w := watch(t, rule)
	w.want(epoch.Add(time.Hour), nil)
	day := func(id, text string) string { return fmt.Sprintf(`{"id":%q,"day":%q}`, id, text) }
	all := []string{day("a", "2026-06-06"), day("b", "2026-06-07"), day("c", "2026-06-10")}
	w.want(time.Date(2026, 6, 6, 20, 0, 0, 0, time.UTC), all[:1], "CREATED a")
	w.want(time.Date(2026, 6, 7, 20, 0, 0, 0, time.UTC), all[:2], "CREATED b")
	w.want(time.Date(2026, 6, 10, 20, 0, 0, 0, time.UTC), all, "CREATED c")
	record, _, err := Rewind(w.record, time.Date(2026, 6, 8, 3, 0, 0, 0, time.UTC), "1") // still the 7th in New York
	if err != nil {
		t.Fatal(err)
	}
	w.record = record
	w.want(time.Date(2026, 6, 10, 21, 0, 0, 0, time.UTC), all, "CREATED b", "CREATED c")
}

func TestRewindRefuses(t *testing.T) {
	t.Parallel()
	w := watch(t, millisRule(t))
	hashes, _, err := NewHashes(epoch).Save()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Rewind(hashes, epoch, "1"); !errors.Is(err, ErrNoMark) {
		t.Errorf("by content: err %v", err)
	}
	if _, _, err := Rewind(w.record, epoch, "1"); !errors.Is(err, ErrNotBaselined) {
		t.Errorf("before the first scan: err %v", err)
	}
	w.want(after(1), nil)
	w.want(after(100), []string{rec("a", 99, 99)}, "CREATED a")
	var ahead *AheadError
	if _, _, err := Rewind(w.record, after(99.001), "1"); !errors.As(err, &ahead) || !ahead.Passed.Equal(after(99)) {
		t.Errorf("forward: err %v", err)
	}
	for _, to := range []float64{10, 99, -1e9, 50} { // the second takes the first back
		record, _, err := Rewind(w.record, after(to), fmt.Sprint(to))
		if err != nil {
			t.Fatalf("to %v: %v", to, err)
		}
		w.record = record
	}
	if to, passed := w.load().Rewound(); !to.Equal(after(50)) || !passed.Equal(after(99)) {
		t.Errorf("rewound to %v, passed %v", to, passed)
	}
}
