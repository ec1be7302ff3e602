package poll

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/store"
)

// dry polls without storing, and lists what would be told.
func (w *world) dry(d DryRun) (out Outcome, told []string) {
	w.t.Helper()
	d.Begin = func() { told = nil }
	d.Found = func(c change.Change) bool {
		told = append(told, fmt.Sprintf("%s %s", c.Kind, c.ObjectID))
		return false
	}
	commits := w.store.commits
	out, err := w.poller.DryRun(w.t.Context(), w.job, d)
	if err != nil {
		w.t.Fatal(err)
	}
	if w.store.commits != commits {
		w.t.Errorf("a dry run made %d commits", w.store.commits-commits)
	}
	return out, told
}

// rewind puts the mark of the resource back.
func (w *world) rewind(seconds float64) (record []byte) {
	w.t.Helper()
	key := CheckpointKey(42, &instance.Resource{Name: "contacts"})
	records, err := w.store.Get(w.t.Context(), key)
	if err != nil {
		w.t.Fatal(err)
	}
	record, _, err = change.Rewind(records[0].Value, epoch.Add(time.Duration(seconds*float64(time.Second))), NewID(w.now))
	if err != nil {
		w.t.Fatal(err)
	}
	return record
}

// TestADryRunTellsWhatThePollTells: over several pages and commits, shifted pages among them, in a place of the journal's memory too.
func TestADryRunTellsWhatThePollTells(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{CommitChanges: 2})
	w.poll(1)
	w.add("a", 7, 2)
	w.now = epoch.Add(3 * time.Second)
	shifts := 0
	shift := func(offset int) {
		if offset > 0 && shifts == 0 { // the rows move once
			shifts++
			w.rows = append([]row{{"first", w.rows[0].created, w.rows[0].updated}}, w.rows...)
		}
	}
	w.before = shift
	out, would := w.dry(DryRun{})
	if out.Created != 8 || out.Failed() || out.Continues {
		t.Errorf("outcome %+v", out)
	}
	if list, err := w.poller.Journal.List(t.Context(), 42, "", 10); err != nil || len(list) != 1 {
		t.Errorf("%d polls are in the journal, want the first; err %v", len(list), err)
	}
	w.poll(4)
	if diff := cmp.Diff(would, w.told()); diff != "" {
		t.Errorf("told other than the dry run said (-dry +told):\n%s", diff)
	}
	if _, more := w.dry(DryRun{}); len(more) > 0 {
		t.Errorf("would tell %v again", more)
	}
}

func TestADryRunStopsWhenItHasEnough(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{CommitChanges: 2})
	w.poll(1)
	w.add("a", 20, 2)
	w.now = epoch.Add(3 * time.Second)
	n := 0
	out, err := w.poller.DryRun(t.Context(), w.job, DryRun{Begin: func() { n = 0 }, Found: func(change.Change) bool { n++; return n >= 4 }})
	if err != nil || !out.Continues || out.Backlogged || n < 4 || n > 8 {
		t.Errorf("found %d, outcome %+v, err %v", n, out, err)
	}
}

// TestARewindIsPolledAsItWasTold: with the change log as its memory, over commits and a poll that is stopped at each of them; what is previewed
// is what comes.
func TestARewindIsPolledAsItWasTold(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{CommitChanges: 2})
	w.poll(1)
	w.add("a", 3, 100)
	w.poll(110)
	w.rows[0].updated = epoch.Add(120 * time.Second) // within the window of its creation: UPDATED
	w.poll(130)
	w.add("b", 3, 1000)
	w.poll(1001)
	w.add("new", 1, 1010)
	before := w.told()
	w.now = epoch.Add(1011 * time.Second)
	record := w.rewind(100)
	preview, would := w.dry(DryRun{Checkpoint: record})
	if preview.Late.Records > 0 || len(preview.Warnings) > 0 {
		t.Errorf("outcome %+v, want nothing late", preview)
	}
	key := CheckpointKey(42, &instance.Resource{Name: "contacts"})
	records, _ := w.store.Get(t.Context(), key)
	if _, err := store.One(w.store.Store.Commit(t.Context(), store.Change{Puts: []store.Put{{Key: key, Expect: records[0].Version, Value: record}}})); err != nil {
		t.Fatal(err)
	}
	for range 10 { // each attempt gets one commit further
		failing := 0
		w.store.before = func([]store.Change) error {
			if failing++; failing > 1 {
				return errBroken
			}
			return nil
		}
		w.poll(1011)
	}
	w.store.before = nil
	w.poll(1012)
	after := w.told()[len(before):]
	want := []string{"UPDATED a0", "CREATED a1", "CREATED a2", "CREATED b0", "CREATED b1", "CREATED b2", "CREATED new0"}
	if diff := cmp.Diff(want, would); diff != "" {
		t.Errorf("preview (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, after); diff != "" {
		t.Errorf("told again (-want +got):\n%s", diff)
	}
	ids := map[string]int{}
	list, _, err := w.poller.Journal.Changes(t.Context(), 42, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range list {
		for _, c := range row.Changes {
			ids[c.EventID]++
		}
	}
	if len(ids) != 8 { // a0 twice, the others once each
		t.Errorf("%d event ids, want 8: %v", len(ids), ids)
	}
}

// TestADryRunOfContents: what is gone is told by the second scan that misses it, and a dry run is none of the two.
func TestADryRunOfContents(t *testing.T) {
	t.Parallel()
	w := setupContents(t, Limits{CommitChanges: 2})
	w.add("a", 7, -5000)
	w.poll(1)
	w.touch("a3", -4000)
	w.del("a5")
	w.add("b", 3, -6000)
	w.now = epoch.Add(2 * time.Second)
	for range 3 {
		out, would := w.dry(DryRun{})
		if diff := cmp.Diff([]string{"UPDATED a3", "CREATED b0", "CREATED b1", "CREATED b2"}, would); diff != "" || out.Missing != 1 {
			t.Errorf("%d are missing, would tell (-want +got):\n%s", out.Missing, diff)
		}
	}
	w.poll(3)
	w.now = epoch.Add(4 * time.Second)
	if _, would := w.dry(DryRun{}); !cmp.Equal(would, []string{"DELETED a5"}) {
		t.Errorf("would tell %v, want the deletion", would)
	}
	w.poll(5)
	w.wantTold("UPDATED a3", "CREATED b0", "CREATED b1", "CREATED b2", "DELETED a5")
}
