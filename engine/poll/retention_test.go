package poll

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/sdk"
)

// expiries are the ends of all rows of a log, newest first.
func (w *world) expiries(key store.Key) (ends []time.Time) {
	entries, err := w.store.History(w.t.Context(), key, "", 100)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range entries {
		ends = append(ends, e.Expires)
	}
	return ends
}

// The log of changes is kept from when its events were stored: a poll that takes long explains no event for less time than it is kept.
func TestChangesAreKeptFromTheirCommit(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	w.poller.Journal.keep = time.Minute
	w.poll(1)
	w.add("a", 1, 2)
	began := epoch.Add(3 * time.Second)
	w.answer = func(f sdk.Fetch) (Answer, error) {
		w.answer, w.now = nil, w.now.Add(9*time.Minute) // as long as that takes
		return w.Send(w.t.Context(), f)
	}
	w.poll(3)
	for name, key := range map[string]store.Key{"changes": changesKey(42), "outcomes": journalKey(42)} {
		ends := w.expiries(key)
		if want := began.Add(10 * time.Minute); len(ends) == 0 || ends[0].Before(want) || ends[0].After(want.Add(time.Second)) {
			t.Errorf("%s end at %v, want %v", name, ends, want)
		}
	}
}

// A streak of failures is counted on after a restart, however short the history: its outcomes are kept until they cannot belong to it, and so is
// the success that ends it.
func TestStreaksOutlastTheHistory(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	w.poller.Journal.keep = time.Minute
	w.job.Instance.Events.Interval = time.Hour
	w.answer = func(sdk.Fetch) (Answer, error) { return Answer{}, errors.New("gone") }
	if out := w.poll(1); !out.Failed() {
		t.Fatalf("outcome %+v, want a failure", out)
	}
	if ends := w.expiries(journalKey(42)); len(ends) != 1 || ends[0].Before(epoch.Add(2*time.Hour)) {
		t.Errorf("the failure is kept until %v, want two intervals", ends)
	}
	w.answer = nil
	for at, kept := range []time.Duration{3: 2 * time.Hour, 5: time.Minute} {
		if kept == 0 {
			continue
		}
		w.add(fmt.Sprint(at), 1, float64(at-1))
		w.poll(float64(at))
		ends := w.expiries(journalKey(42))
		if want := epoch.Add(time.Duration(at)*time.Second + kept); ends[0].Before(want) || ends[0].After(want.Add(time.Second)) {
			t.Errorf("the success at %d s is kept until %v, want %v", at, ends[0], want)
		}
	}
}

// The row of an hour is kept as long as the last poll that it stands for.
func TestAnHourOfIdlePollsIsKeptFromItsEnd(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	w.poller.Journal.keep = time.Minute
	w.poll(1)
	w.poll(10)
	w.poll(3000)
	w.add("a", 1, 3001)
	w.poll(3002)
	if ends := w.expiries(journalKey(42)); len(ends) != 2 || ends[1].Before(epoch.Add(3000*time.Second+time.Minute)) {
		t.Errorf("rows end at %v, want the idle polls kept for a minute after their last", ends)
	}
}

// What is remembered of idle polls is bounded however many resources there are, and however long nothing happens; few have all they may.
func TestIdlePollsTakeBoundedMemory(t *testing.T) {
	t.Parallel()
	for _, resources := range []int64{1, 1500, 2 * idleResources} {
		j := NewJournal(nil, time.Hour, nil)
		for round := range foldHours + 6 {
			for id := range resources {
				j.remember(Outcome{Instance: id, ID: fmt.Sprint(round), Time: epoch.Add(time.Duration(round) * time.Hour), scrub: func(string) string { return "" }})
			}
		}
		outcomes, slots := 0, 0
		for _, ring := range j.idle {
			outcomes, slots = outcomes+len(ring), slots+cap(ring)
			if last := ring[len(ring)-1]; last.scrub != nil || last.ID != fmt.Sprint(foldHours+5) {
				t.Fatalf("the last is %+v, want that of the last round, and nothing that it does not show", last)
			}
		}
		folded, folds := 0, 0
		for _, h := range j.hours {
			folded, folds = folded+len(h), folds+cap(h)
		}
		if outcomes > idleOutcomes || folded > idleHours || slots > 2*idleOutcomes || folds > 2*idleHours {
			t.Errorf("%d resources: %d outcomes and %d hours in %d and %d places, which is too much", resources, outcomes, folded, slots, folds)
		}
		if n := int(resources); n <= idleResources && (outcomes < min(n*keepIdle, idleOutcomes)*3/5 || folded < min(n*foldHours, idleHours)*3/5) {
			t.Errorf("%d resources: %d outcomes and %d hours, which is too little", n, outcomes, folded)
		}
	}
}
