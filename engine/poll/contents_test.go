package poll

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/sdk"
)

// setupContents is a world whose resource is watched by content.
func setupContents(t *testing.T, limits Limits) *world {
	t.Helper()
	w := setup(t, limits)
	id, err := change.ParsePath("id")
	if err != nil {
		t.Fatal(err)
	}
	w.job.Plan.Hash = &change.HashRule{ID: id, Dates: w.job.Plan.Rule.Fields, Deletes: true}
	put, err := First(w.job.Instance.ID, w.job.Resource, w.job.Plan, epoch)
	if err != nil {
		t.Fatal(err)
	}
	put.Expect = 1
	if _, err := store.One(w.store.Store.Commit(t.Context(), store.Change{Puts: []store.Put{put}})); err != nil {
		t.Fatal(err)
	}
	return w
}

// del has the provider delete rows.
func (w *world) del(ids ...string) {
	w.rows = slices.DeleteFunc(slices.Clone(w.rows), func(r row) bool { return slices.Contains(ids, r.id) })
}

func (w *world) touch(id string, seconds float64) {
	for i := range w.rows {
		if w.rows[i].id == id {
			w.rows[i].updated = epoch.Add(time.Duration(seconds * float64(time.Second)))
		}
	}
}

func TestContentsAreComparedAndDeletionsTold(t *testing.T) {
	t.Parallel()
	w := setupContents(t, Limits{})
	w.add("a", 7, -5000) // older than any window
	if out := w.poll(1); out.Baseline != 7 || out.Pages != 3 || out.Error != nil {
		t.Fatalf("outcome %+v, want a baseline of 7 on 3 pages", out)
	}
	if q := w.queries[0]; q.Since != nil || !w.poll(2).Window.From.IsZero() || q.Where[0].Value != "0" {
		t.Errorf("query %+v asks for a window, want everything", q)
	}
	w.touch("a3", -4000)
	w.del("a5")
	w.add("b", 1, -6000)
	if out := w.poll(3); out.Late.Records != 0 {
		t.Errorf("outcome %+v: a date that is not watched by is late", out)
	}
	w.wantTold("UPDATED a3", "CREATED b0")
	out := w.poll(4)
	w.wantTold("UPDATED a3", "CREATED b0", "DELETED a5")
	if out.Deleted != 1 || out.Idle() {
		t.Errorf("outcome %+v, want one deletion", out)
	}
	rows, _, err := w.poller.Journal.Changes(t.Context(), 42, "", 10)
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, err %v", len(rows), err)
	}
	gone, updated := rows[0].Changes[0], rows[1].Changes[0]
	if gone.Rule != change.RuleAbsent || updated.Rule != change.RuleContent || !updated.Date.Equal(epoch.Add(-4000*time.Second)) {
		t.Errorf("change log says %+v and %+v", gone, updated)
	}
	commits := w.store.commits
	if out := w.poll(5); !out.Idle() || w.store.commits != commits {
		t.Errorf("an idle poll wrote: outcome %+v", out)
	}
}

// Every commit of a large scan may be the last before a crash, also those that end it.
func TestContentsSurviveACrashAtEachCommit(t *testing.T) {
	t.Parallel()
	crashes := 0
	for crash := 1; ; crash++ {
		w := setupContents(t, Limits{CommitChanges: 4})
		w.job.Plan.Hash.Guard = change.Guard{Fraction: 1}
		w.add("a", 20, -600)
		w.add("b", 30, -500)
		w.poll(1)
		for i := range 15 {
			w.del(fmt.Sprint("a", i))
			w.touch(fmt.Sprint("b", i), 2)
		}
		w.add("c", 10, 2)
		n := 0
		w.store.before = func([]store.Change) error {
			if n++; n == crash {
				return errBroken
			}
			return nil
		}
		for i := range 4 {
			w.poll(float64(i + 2))
		}
		if n < crash {
			break
		}
		crashes++
		want := slices.Concat(names("UPDATED", "b", 15), names("CREATED", "c", 10), names("DELETED", "a", 15))
		got := w.told()
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("crash at commit %d (-want +got):\n%s", crash, diff)
		}
	}
	if crashes < 10 {
		t.Errorf("%d commits could crash, want many", crashes)
	}
}

func TestContentsOfAScanOfManyPollsAreComplete(t *testing.T) {
	t.Parallel()
	w := setupContents(t, Limits{Pages: 3})
	w.add("a", 25, -600)
	at := 0.0
	scan := func() (polls int) {
		for more := true; more; polls++ {
			at++
			more = w.poll(at).Continues
		}
		return polls
	}
	if polls := scan(); polls != 4 {
		t.Fatalf("%d polls read 12 pages by threes", polls)
	}
	w.del("a24", "a3")
	w.touch("a20", 9)
	scan()
	w.wantTold("UPDATED a20")
	scan()
	w.wantTold("UPDATED a20", "DELETED a24", "DELETED a3")
	if scan(); len(w.told()) != 3 {
		t.Errorf("told again: %v", w.told())
	}
}

// A provider that lets only some requests pass at a time is read to the end all the same; a page at fault is not skipped.
func TestContentsFaultsKeepThePlace(t *testing.T) {
	t.Parallel()
	w := setupContents(t, Limits{})
	w.add("a", 25, -600)
	budget := 0
	w.reply = func(call sdk.Call) (*sdk.Reply, error) {
		if call.Response != nil {
			if budget--; budget < 0 {
				return &sdk.Reply{Fault: &sdk.Fault{Kind: sdk.FaultRateLimited, Message: "slow down"}}, nil
			}
		}
		return nil, nil
	}
	scan := func(pages int) (polls int) {
		for {
			budget, polls = pages, polls+1
			if out := w.poll(float64(polls)); out.Error == nil {
				return polls
			}
			if polls > 50 {
				t.Fatal("the scan never ends")
			}
		}
	}
	if polls := scan(5); polls != 3 {
		t.Errorf("%d polls of 5 pages read 12, want 3", polls)
	}
	w.del("a7")
	scan(5)
	if told := w.told(); len(told) != 0 {
		t.Errorf("told %v after one complete scan", told)
	}
	scan(5)
	w.wantTold("DELETED a7")

	bad := true
	w.reply = func(call sdk.Call) (*sdk.Reply, error) {
		if call.Response != nil && bad && call.Query.Page == strconv.Itoa(8) {
			return &sdk.Reply{Fault: &sdk.Fault{Kind: sdk.FaultInvalid, Message: "no such page"}}, nil
		}
		return nil, nil
	}
	w.del("a20")
	for range 3 {
		w.touch("a0", float64(len(w.told()))) // before the bad page: told all the same
		if out := w.poll(9); out.Error == nil || out.Deleted+out.Missing+len(out.Warnings) != 0 {
			t.Errorf("outcome %+v, want a fault, nothing missing, and no vain try to go on at the bad page", out)
		}
	}
	bad = false
	w.poll(10)
	w.poll(11)
	if got := w.told(); got[len(got)-1] != "DELETED a20" {
		t.Errorf("told %v", got)
	}
}

func TestContentsRefusedPlaceReadsEverythingAgain(t *testing.T) {
	t.Parallel()
	w := setupContents(t, Limits{Pages: 2})
	w.add("a", 8, -600)
	for w.poll(1).Continues {
	}
	w.touch("a0", 2)
	w.poll(2)
	refused := 0
	w.reply = func(call sdk.Call) (*sdk.Reply, error) {
		if call.Query.Page != "" && refused == 0 {
			refused++
			return &sdk.Reply{Fault: &sdk.Fault{Kind: sdk.FaultInvalid, Message: "unknown page"}}, nil
		}
		return nil, nil
	}
	w.poller.Limits.Pages = 100
	out := w.poll(3)
	w.wantTold("UPDATED a0")
	if refused == 0 || out.Error != nil || out.Missing != 0 || out.Known != 8 {
		t.Errorf("outcome %+v, want all read and known", out)
	}
}

// A crash in the middle of a long scan costs a minute of it, and no more.
func TestContentsOfALongScanAreSavedNowAndThen(t *testing.T) {
	t.Parallel()
	w := setupContents(t, Limits{Time: time.Hour})
	w.add("a", 25, -600)
	w.poll(1)
	w.del("a1")
	w.before = func(int) { w.now = w.now.Add(25 * time.Second) }
	w.reply = func(call sdk.Call) (*sdk.Reply, error) {
		if call.Response == nil && call.Query.Page == "20" {
			return nil, errBroken // an adapter's fault saves nothing of its own
		}
		return nil, nil
	}
	if out := w.poll(2); out.Error == nil || w.store.commits != 5 {
		t.Fatalf("outcome %+v, %d commits, want the baseline, three places, and the outcome", out, w.store.commits)
	}
	w.reply, w.before, w.queries = nil, nil, nil
	if out := w.poll(3); w.queries[0].Page != "18" || out.Missing != 1 {
		t.Errorf("outcome %+v goes on at page %q", out, w.queries[0].Page)
	}
}

// What a scan saw before it is read again does not count: it may be gone.
func TestContentsReadAgainAfterRowsMovedForgetWhatWasSeen(t *testing.T) {
	t.Parallel()
	w := setupContents(t, Limits{Pages: 3})
	w.add("a", 20, -600)
	for w.poll(1).Continues {
	}
	w.poll(2) // reads a0 to a6
	w.del("a0")
	w.poller.Limits.Pages = 100
	if out := w.poll(3); out.Missing != 1 || out.Known != 19 || out.Unstable {
		t.Errorf("outcome %+v, want all read again and a0 missing", out)
	}
}

// A row that is added behind the scan moves none: going by the count, a busy resource would never be complete.
func TestContentsGoByTheJointAndNotByTheCount(t *testing.T) {
	t.Parallel()
	w := setupContents(t, Limits{})
	w.add("a", 20, -600)
	w.poll(1)
	w.del("a3")
	w.before = func(int) { w.add(fmt.Sprint("new", len(w.rows)), 1, 2) }
	w.size = 10
	if out := w.poll(2); out.Pages > 8 || out.Unstable || out.Missing != 1 {
		t.Errorf("outcome %+v, want it complete at the first reading", out)
	}
}

// A large scan commits by parts that the store can hold, and leaves a short log behind.
func TestContentsOfALargeResourceFitTheStore(t *testing.T) {
	t.Parallel()
	w := setupContents(t, Limits{})
	w.add(strings.Repeat("a", 60), 40_000, -600)
	w.size = 20_000
	largest, commits := 0, 0
	w.store.before = func(changes []store.Change) error {
		for _, c := range changes {
			size, _ := c.Size()
			largest = max(largest, size)
			commits++
		}
		return nil
	}
	if out := w.poll(1); out.Baseline != 40_000 || out.Error != nil {
		t.Fatalf("outcome %+v", out)
	}
	if largest > store.SafeBytes || commits < 5 {
		t.Errorf("%d commits, the largest of %d bytes; want many within %d", commits, largest, store.SafeBytes)
	}
	chunks, err := w.store.Chunks(t.Context(), CheckpointKey(42, &instance.Resource{Name: "contacts"}), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	if len(chunks) < 20 || slices.ContainsFunc(chunks, func(c store.Chunk) bool { return !strings.HasPrefix(c.ID, "base/") }) {
		t.Errorf("%d chunks are left, from %s to %s; want blocks only", len(chunks), chunks[0].ID, chunks[len(chunks)-1].ID)
	}
	commits = 0
	if w.poll(2); commits != 0 {
		t.Errorf("%d commits of a scan that changed nothing", commits)
	}
}

// Rows that move between pages must not look deleted: not in the poll that sees it, nor in the next one that ends its scan.
func TestContentsUnstableScansDeleteNothing(t *testing.T) {
	t.Parallel()
	for _, pages := range []int{1000, 4} {
		w := setupContents(t, Limits{Pages: pages})
		w.add("a", 30, -600)
		for w.poll(1).Continues {
		}
		moved := 0
		w.before = func(offset int) {
			if offset == 6 { // a row of the pages before goes away for a moment: one is skipped
				w.rows = append(slices.Clone(w.rows[1:]), w.rows[0])
				moved++
			}
		}
		missing := 0
		for i := range 4 {
			out := w.poll(float64(i + 2))
			missing += out.Missing
			if pages == 1000 && !out.Unstable {
				t.Errorf("outcome %+v, want unstable", out)
			}
		}
		if told := w.told(); len(told) != 0 || missing != 0 || moved == 0 {
			t.Errorf("pages %d: told %v, %d missing, rows moved %d times", pages, told, missing, moved)
		}
	}
}

func TestMassDeletesAreHeldUntilConfirmed(t *testing.T) {
	t.Parallel()
	w := setupContents(t, Limits{})
	w.add("a", 30, -600)
	w.poll(1)
	rows := w.rows
	w.rows = nil // an empty answer
	w.poll(2)
	out := w.poll(3)
	if out.Held == nil || out.Held.Count != 30 || out.Deleted != 0 || len(out.Warnings) != 1 || !strings.Contains(out.Warnings[0], "deleteGuard") {
		t.Fatalf("outcome %+v, want 30 held and a warning", out)
	}
	if out := w.poll(4); out.Held == nil || !out.Idle() {
		t.Errorf("outcome %+v, want it held still, and nothing new", out)
	}
	if held := w.decide(change.Confirm); held.Count != 30 || held.Sample[0] != "a0" {
		t.Errorf("held %+v", held)
	}
	w.rows = rows[:10] // some are back
	if out := w.poll(5); out.Deleted != 20 || out.Held != nil {
		t.Errorf("outcome %+v, want 20 deleted", out)
	}
	if out := w.poll(6); out.Held != nil || out.Missing != 0 {
		t.Errorf("outcome %+v, want nothing held", out)
	}
}

// decide writes a decision into the checkpoint, as the API does between two polls.
func (w *world) decide(d change.Decision) *change.Held {
	w.t.Helper()
	records, err := w.store.Get(w.t.Context(), CheckpointKey(42, &instance.Resource{Name: "contacts"}))
	if err != nil {
		w.t.Fatal(err)
	}
	held, err := change.HeldIn(records[0].Value)
	if err != nil || held == nil {
		w.t.Fatalf("held %v, err %v", held, err)
	}
	value, err := change.Decide(records[0].Value, d)
	if err != nil {
		w.t.Fatal(err)
	}
	put := store.Put{Key: records[0].Key, Expect: records[0].Version, Value: value}
	if _, err := store.One(w.store.Store.Commit(w.t.Context(), store.Change{Puts: []store.Put{put}})); err != nil {
		w.t.Fatal(err)
	}
	return held
}

func TestContentsWarnOfWhatComesTwice(t *testing.T) {
	t.Parallel()
	w := setupContents(t, Limits{})
	w.add("a", 2, -600)
	w.rows = append(w.rows, row{"a0", epoch, epoch})
	w.size = 10
	out := w.poll(1)
	if out.Repeated != 1 || out.Differing != 1 || len(out.Warnings) != 1 {
		t.Errorf("outcome %+v, want one repeated record and a warning", out)
	}
	if w.poll(2); len(w.told()) != 0 {
		t.Errorf("told %v", w.told())
	}
}

func TestCheckpointOfTheOtherModeIsRefused(t *testing.T) {
	t.Parallel()
	w := setupContents(t, Limits{})
	w.poll(1)
	w.job.Plan.Hash = nil
	if out := w.poll(2); out.Error == nil || out.Error.Kind != KindInternal {
		t.Errorf("outcome %+v, want an error", out)
	}
}
