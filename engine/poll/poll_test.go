package poll

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/sdk"
)

func names(kind, prefix string, n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprint(kind, " ", prefix, i))
	}
	return all
}

func (w *world) wantTold(want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.told()); diff != "" {
		w.t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestPollDetectsCommitsAndHandsOver(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	w.add("old", 2, -5)
	first := w.poll(1)
	if first.Baseline != 2 || first.Idle() {
		t.Errorf("first outcome %+v, want a baseline of 2", first)
	}
	w.add("a", 7, 2)
	out := w.poll(3)
	w.wantTold(names("CREATED", "a", 7)...)
	if out.Created != 7 || out.Pages != 4 || out.Known != 2 || w.handed != 1 || out.Error != nil {
		t.Errorf("outcome %+v, handed over %d notifications, want 7 created on 4 pages in 1 notification", out, w.handed)
	}
	if got := epoch.Add(2 * time.Second); !w.mark().Equal(got) {
		t.Errorf("mark %v, want %v", w.mark(), got)
	}
	commits := w.store.commits
	idle := w.poll(4)
	if w.store.commits != commits || !idle.Idle() {
		t.Errorf("an idle poll wrote: %d commits, outcome %+v", w.store.commits-commits, idle)
	}
	list, err := w.poller.Journal.List(t.Context(), 42, "", 10)
	if err != nil || len(list) != 3 || list[0].ID != idle.ID || list[2].ID != first.ID {
		t.Errorf("journal: %d outcomes, err %v, want the three, newest first", len(list), err)
	}
}

func TestIdlePollsAreFoldedIntoOneRowAnHour(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	w.poll(1)
	const hour = 3600
	for _, at := range []float64{10, 20, 30, hour + 10, hour + 20} {
		w.poll(at)
	}
	w.add("a", 1, 2*hour)
	w.poll(2*hour + 1)
	w.poll(2*hour + 2)
	w.add("b", 1, 2*hour+3)
	w.poll(2*hour + 4)
	stored := NewJournal(w.store, 7*24*time.Hour, w.poller.Logger) // what a restart still knows
	list, err := stored.List(t.Context(), 42, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	var polls []int
	for _, o := range list {
		polls = append(polls, o.Polls)
	}
	// Newest first: b, a, the idle poll of the third hour (its row begins with the hour), two idle ones, three idle ones, the baseline.
	if diff := cmp.Diff([]int{0, 0, 1, 2, 0, 3}, polls); diff != "" {
		t.Errorf("polls per row (-want +got):\n%s", diff)
	}
}

func TestChangeLogSaysWhy(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	w.poll(1)
	w.add("a", perRow+2, 2)
	out := w.poll(3)
	w.rows[3].updated = epoch.Add(4 * time.Second)
	w.poll(5)
	rows, _, err := w.poller.Journal.Changes(t.Context(), 42, "", 10)
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, err %v, want three: %d + 2 changes and 1", len(rows), err, perRow)
	}
	updated := rows[0].Changes[0]
	if updated.ObjectID != "a3" || updated.Rule != change.RuleRemembered || updated.Updated != fmt.Sprint(epoch.Add(4*time.Second).UnixMilli()) || updated.Created == "" {
		t.Errorf("newest change %+v", updated)
	}
	if first := rows[2]; first.Poll != out.ID || len(first.Changes) != perRow || first.Changes[0].Rule != change.RuleWindow || !first.Window.From.Equal(out.Window.From) {
		t.Errorf("first row %+v, want %d changes of poll %s", first, perRow, out.ID)
	}
}

// A row of the longest texts is not refused by the store: the poll would fail at every try.
func TestChangeLogRowFitsIntoAStore(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("\x01", 10*maxText) // six bytes each in JSON
	var changes []Told
	for i := range perRow {
		id := fmt.Sprint(i, long)
		c := change.Change{ObjectID: id, Kind: change.Updated, Version: change.Hash(id), Date: epoch, Why: change.Why{Updated: long, Created: long, Rule: change.RuleTolerance}}
		changes = append(changes, told(change.EventID("42", "contacts", c), c))
	}
	value, err := json.Marshal(ToldRow{Poll: NewID(epoch), Resource: long[:store.MaxName/2], Window: Window{From: epoch, To: epoch}, Changes: changes})
	if err != nil || len(value) > store.MaxValue {
		t.Errorf("a row has %d bytes, %v, want at most %d", len(value), err, store.MaxValue)
	}
}

func TestLatenessIsMeasuredAndWarnedOf(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	w.poll(1)
	w.add("mark", 1, 5)
	w.poll(100)
	w.add("soon", 1, 101) // created after the poll before: not late, however long ago
	if out := w.poll(900); out.Late.Records != 0 {
		t.Errorf("late %+v, want none", out.Late)
	}
	w.add("late", 1, 850)
	if out := w.poll(901); out.Late != (Lateness{1, 50_000}) || len(out.Warnings) != 0 {
		t.Errorf("late %+v, warnings %q; want one record, 50 s, no warning", out.Late, out.Warnings)
	}
	w.add("very late", 1, 740)
	out := w.poll(902)
	if out.Late != (Lateness{1, 161_000}) || len(out.Warnings) != 1 || !strings.Contains(out.Warnings[0], "event.poller.overlap") {
		t.Errorf("late %+v, warnings %q; want one record, 161 s, and a warning", out.Late, out.Warnings)
	}
	if out.Mark.Before.IsZero() || out.Mark.After.Before(out.Mark.Before) {
		t.Errorf("mark %+v", out.Mark)
	}
}

func TestQueryCarriesTheWindow(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	w.poll(1)
	q := w.queries[0]
	since := epoch.Add(-2 * time.Minute).UnixMilli()
	want := sdk.Query{
		Resource: "contacts", Vars: map[string]string{}, Params: map[string]string{}, Since: &sdk.Since{Field: "updated", Time: since},
		Where: []sdk.Condition{{Name: "updated", Op: ">=", Value: fmt.Sprint(since)}},
	}
	if diff := cmp.Diff(want, q); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
}

func TestShiftedPagesAreReadAgain(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	w.add("a", 8, -600)
	w.poll(1)
	w.add("b", 8, 2)
	shifts := 2
	w.before = func(offset int) { // a row of the first page is deleted while the second is read
		if offset == 2 && shifts > 0 {
			shifts--
			w.rows = w.rows[1:]
		}
	}
	out := w.poll(3)
	w.wantTold(names("CREATED", "b", 8)...)
	if out.Unstable || out.Created != 8 || out.Error != nil {
		t.Errorf("outcome %+v, want 8 created, stable in the end", out)
	}
}

func TestUnstablePagesDoNotMoveTheMark(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	w.add("a", 40, -600)
	w.poll(1)
	w.add("b", 4, 2)
	mark := w.mark()
	w.before = func(offset int) {
		if offset == 2 {
			w.rows = w.rows[1:]
		}
	}
	out := w.poll(3)
	if !out.Unstable || !w.mark().Equal(mark) {
		t.Errorf("outcome %+v, mark %v; want unstable and the mark unmoved at %v", out, w.mark(), mark)
	}
	w.wantTold(names("CREATED", "b", 4)...) // what was read is told all the same
	w.before = nil
	if out = w.poll(4); out.Unstable || out.Known != 4 {
		t.Errorf("outcome %+v, want the four known", out)
	}
	w.add("c", 1, 4.5)
	w.poll(5)
	w.wantTold(append(names("CREATED", "b", 4), "CREATED c0")...) // nothing is told again
	if !w.mark().Equal(epoch.Add(4500 * time.Millisecond)) {
		t.Errorf("mark %v, want it at the newest row", w.mark())
	}
}

// The provider's clock runs behind ours, so the first window is asked again; the scan is no less unstable for it.
func TestUnstableFirstScanAskedAgainIsNoBaseline(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	w.answer = func(sdk.Fetch) (Answer, error) {
		return Answer{Response: sdk.Response{Status: 200, Body: []byte("{}")}, Date: w.now.Add(-time.Hour), Generation: 1}, nil
	}
	w.add("a", 9, -3610)
	w.add("b", 1, -3610) // in the end missed by the fourth reading
	w.add("c", 6, -3610)
	w.before = func(offset int) {
		if offset == 2 {
			w.rows = w.rows[2:]
		}
	}
	if out := w.poll(1); !out.Unstable {
		t.Errorf("outcome %+v, want unstable", out)
	}
	w.before = nil
	w.poll(2)
	w.wantTold()
}

// A scan whose rows shifted is unstable to its end, also where a later poll goes on with it.
func TestUnstableScanThatGoesOnDoesNotMoveTheMark(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{Pages: 2})
	w.poll(1)
	w.add("a", 9, 2)
	w.add("b", 1, 3)
	w.add("c", 6, 4)
	w.add("newest", 1, 500)
	w.before = func(offset int) { // the fourth reading, which is taken as it comes, misses b0
		if offset == 2 {
			w.rows = w.rows[2:]
		}
	}
	mark := w.mark()
	if out := w.poll(501); !out.Unstable || !out.Continues {
		t.Fatalf("outcome %+v, want unstable and to be continued", out)
	}
	w.before = nil
	if out := w.poll(502); !out.Unstable || !w.mark().Equal(mark) {
		t.Errorf("outcome %+v, mark %v; want the scan still unstable and the mark unmoved at %v", out, w.mark(), mark)
	}
	for second := range 5 {
		w.poll(503 + float64(second))
	}
	if told := w.told(); !slices.Contains(told, "CREATED b0") {
		t.Errorf("told %q, want b0 among them", told)
	}
}

func TestLargePollCommitsByPartsAndSurvivesACrash(t *testing.T) {
	t.Parallel()
	for crash := 1; crash <= 5; crash++ {
		t.Run(fmt.Sprint("crash at commit ", crash), func(t *testing.T) {
			t.Parallel()
			w := setup(t, Limits{CommitChanges: 4})
			w.poll(1)
			w.add("a", 17, 2)
			mark, n := w.mark(), 0
			w.store.before = func([]store.Change) error {
				if n++; n == crash {
					return errBroken
				}
				if crash > 1 && n == 2 && !w.mark().Equal(mark) {
					t.Error("the mark moved before the scan's last page")
				}
				return nil
			}
			if out := w.poll(3); out.Error == nil || out.Error.Kind != KindStore {
				t.Fatalf("outcome %+v, want the store's fault", out)
			}
			w.store.before = nil
			out := w.poll(4)
			w.wantTold(names("CREATED", "a", 17)...)
			if out.Error != nil || !w.mark().Equal(epoch.Add(2*time.Second)) {
				t.Errorf("outcome %+v, mark %v", out, w.mark())
			}
		})
	}
}

func TestABoundGoesOnAtTheNextPoll(t *testing.T) {
	t.Parallel()
	for name, limits := range map[string]Limits{"pages": {Pages: 3}, "bytes": {Bytes: 6}, "time": {Time: 3 * time.Second}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			goesOnAtTheNextPoll(t, limits)
		})
	}
}

func goesOnAtTheNextPoll(t *testing.T, limits Limits) {
	w := setup(t, limits)
	if limits.Time > 0 {
		w.before = func(int) { w.now = w.now.Add(time.Second) } // each page takes a second
	}
	w.poll(-5)
	w.add("a", 15, 2)
	mark := w.mark()
	first := w.poll(30)
	if !first.Continues || first.Pages != 3 || !w.mark().Equal(mark) {
		t.Errorf("outcome %+v, want 3 pages and the mark unmoved", first)
	}
	w.queries = nil
	for second := w.poll(40); second.Continues; second = w.poll(50) {
	}
	if w.queries[0].Page == "" || w.queries[0].Since.Time != epoch.Add(-2*time.Minute).UnixMilli() {
		t.Errorf("the scan went on at page %q since %d, want its own place and window", w.queries[0].Page, w.queries[0].Since.Time)
	}
	w.wantTold(names("CREATED", "a", 15)...)
	if !w.mark().Equal(epoch.Add(2 * time.Second)) {
		t.Errorf("mark %v", w.mark())
	}
}

func TestRefusedPageTokenStartsTheScanAgain(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{Pages: 2})
	w.poll(1)
	w.add("a", 8, 2)
	w.poll(3)
	refused := false
	w.reply = func(call sdk.Call) (*sdk.Reply, error) {
		if call.Query.Page != "" && !refused {
			refused = true
			return &sdk.Reply{Fault: &sdk.Fault{Kind: sdk.FaultInvalid, Message: "unknown page"}}, nil
		}
		return nil, nil
	}
	w.poller.Limits.Pages = 100
	out := w.poll(4)
	w.wantTold(names("CREATED", "a", 8)...)
	if !refused || out.Error != nil || len(out.Warnings) == 0 {
		t.Errorf("outcome %+v, want a warning and no error", out)
	}
}

func TestStaleWriterStoresNothing(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	w.poll(1)
	w.add("a", 3, 2)
	w.store.before = func(changes []store.Change) error {
		w.store.before = nil
		w.poll(3) // another poll of the same resource is faster
		return nil
	}
	out := w.poll(3)
	if out.Error == nil || !strings.Contains(out.Error.Message, "another poll") {
		t.Errorf("outcome %+v, want a conflict", out)
	}
	w.wantTold(names("CREATED", "a", 3)...)
}

func TestDeletedInstanceIsGone(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	key := CheckpointKey(42, &instance.Resource{Name: "contacts"})
	if _, err := store.One(w.store.Commit(t.Context(), store.Change{Puts: []store.Put{{Key: key, Expect: 1}}})); err != nil {
		t.Fatal(err)
	}
	if _, err := w.poller.Poll(t.Context(), w.job); !errors.Is(err, ErrGone) {
		t.Errorf("error %v, want ErrGone", err)
	}
}

func TestStopIsNoFailedPoll(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	ctx, cancel := context.WithCancel(t.Context())
	w.answer = func(sdk.Fetch) (Answer, error) {
		cancel()
		return Answer{}, ctx.Err()
	}
	if _, err := w.poller.Poll(ctx, w.job); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want canceled", err)
	}
	if list, err := w.poller.Journal.List(t.Context(), 42, "", 10); err != nil || len(list) != 0 {
		t.Errorf("journal %v, err %v; want no outcome", list, err)
	}
}

func TestAuthFaultIsRenewedOnce(t *testing.T) {
	t.Parallel()
	refuse := func(times int) func(call sdk.Call) (*sdk.Reply, error) {
		return func(call sdk.Call) (*sdk.Reply, error) {
			if call.Response != nil && times > 0 {
				times--
				return &sdk.Reply{Fault: &sdk.Fault{Kind: sdk.FaultAuth, Message: "token expired"}}, nil
			}
			return nil, nil
		}
	}
	cases := []struct {
		name    string
		refused int
		renew   func(uint64) error
		kind    string
		fetches int
	}{
		{"refused once", 1, func(uint64) error { return nil }, "", 2},
		{"refused twice", 2, func(uint64) error { return nil }, sdk.FaultAuth, 2},
		{"not renewable", 1, nil, sdk.FaultAuth, 1},
		{"renewal fails", 1, func(uint64) error { return &FaultError{Kind: sdk.FaultTransient, Message: "later"} }, sdk.FaultTransient, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, Limits{})
			w.reply = refuse(c.refused)
			if c.renew != nil {
				w.renew = func(generation uint64) error {
					if generation != 1 {
						t.Errorf("renew after generation %d, want that of the refused answer", generation)
					}
					return c.renew(generation)
				}
			}
			out, kind := w.poll(1), ""
			if out.Error != nil {
				kind = out.Error.Kind
			}
			if kind != c.kind || w.fetches != c.fetches {
				t.Errorf("error kind %q after %d requests, want %q after %d", kind, w.fetches, c.kind, c.fetches)
			}
		})
	}
}

func TestFaultsAreOutcomes(t *testing.T) {
	t.Parallel()
	fault := func(f sdk.Fault) func(sdk.Call) (*sdk.Reply, error) {
		return func(sdk.Call) (*sdk.Reply, error) { return &sdk.Reply{Fault: &f}, nil }
	}
	cases := []struct {
		name  string
		reply func(sdk.Call) (*sdk.Reply, error)
		kind  string
		says  string
		after time.Duration
	}{
		{"rate limited", fault(sdk.Fault{Kind: sdk.FaultRateLimited, Message: "slow down", RetryAfter: 30}), sdk.FaultRateLimited, "slow down", 30 * time.Second},
		{"absurd retry-after", fault(sdk.Fault{Kind: sdk.FaultRateLimited, Message: "never", RetryAfter: 1 << 60}), sdk.FaultRateLimited, "never", 24 * time.Hour},
		{"adapter trap", func(sdk.Call) (*sdk.Reply, error) { return nil, errBroken }, KindAdapter, "broken on purpose", 0},
		{"endless fetching", func(sdk.Call) (*sdk.Reply, error) { return &sdk.Reply{Fetch: &sdk.Fetch{Path: "/"}}, nil }, KindAdapter, "more than 16 requests", 0},
		{"wrong pointer", func(c sdk.Call) (*sdk.Reply, error) {
			if c.Response == nil {
				return nil, nil
			}
			return &sdk.Reply{Page: &sdk.Page{Records: sdk.Records{Select: &sdk.Select{At: "/missing"}}}}, nil
		}, sdk.FaultInvalid, `no "missing"`, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, Limits{})
			w.reply = c.reply
			out := w.poll(1)
			if out.Error == nil || out.Error.Kind != c.kind || !strings.Contains(out.Error.Message, c.says) || out.RetryAfter() != c.after {
				t.Errorf("outcome %+v, error %+v, retry after %v", out, out.Error, out.RetryAfter())
			}
			list, err := w.poller.Journal.List(t.Context(), 42, "", 10)
			if err != nil || len(list) != 1 || list[0].Error == nil {
				t.Errorf("journal %v, err %v; want the failed poll", list, err)
			}
		})
	}
}

func TestWarningsReachTheOutcome(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	w.reply = func(c sdk.Call) (*sdk.Reply, error) {
		if c.Response == nil {
			return nil, nil
		}
		page := &sdk.Page{Warnings: []string{"filter ignored"}}
		page.Records.Inline = append(page.Records.Inline, []byte(`{"updated":1}`), []byte(`{"id":"x","updated":"soon"}`))
		return &sdk.Reply{Page: page}, nil
	}
	out := w.poll(1)
	for _, part := range []string{"filter ignored", "1 records have no id", "1 records have no readable date"} {
		if !slices.ContainsFunc(out.Warnings, func(s string) bool { return strings.Contains(s, part) }) {
			t.Errorf("warnings %q lack %q", out.Warnings, part)
		}
	}
}

func TestMemoIsKeptAndHandedBack(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	var seen []string
	w.reply = func(c sdk.Call) (*sdk.Reply, error) {
		if c.Response == nil {
			seen = append(seen, string(c.Memo))
			return nil, nil
		}
		return &sdk.Reply{Page: &sdk.Page{Memo: []byte(`{"account":"1"}`)}}, nil
	}
	w.poll(1)
	commits := w.store.commits
	w.poll(2)
	if diff := cmp.Diff([]string{"", `{"account":"1"}`}, seen); diff != "" {
		t.Errorf("memo (-want +got):\n%s", diff)
	}
	if w.store.commits != commits {
		t.Error("an unchanged memo was written again")
	}
}

func TestProvidersClockBehindOurs(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	skew := -time.Hour
	w.answer = func(sdk.Fetch) (Answer, error) {
		return Answer{Response: sdk.Response{Status: 200, Body: []byte("{}")}, Date: w.now.Add(skew), Generation: 1}, nil
	}
	w.add("old", 2, -3605)
	first := w.poll(1)
	if first.Baseline != 2 {
		t.Errorf("outcome %+v, want the rows of the provider's last minutes as baseline", first)
	}
	w.add("new", 2, -3598)
	w.poll(3)
	w.wantTold(names("CREATED", "new", 2)...)
}

func TestASlowAnswerIsNoOtherClock(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	w.answer = func(sdk.Fetch) (Answer, error) { // 9 s on the way, and as long again in our own hands
		sent := w.now
		w.now = w.now.Add(18 * time.Second)
		return Answer{Response: sdk.Response{Status: 200, Body: []byte("{}")}, Date: sent.Add(time.Second), Sent: sent, Heard: sent.Add(9 * time.Second), Generation: 1}, nil
	}
	w.add("before", 1, -0.5)
	if out := w.poll(1); out.Baseline != 1 || !w.mark().Equal(epoch) {
		t.Errorf("outcome %+v, mark %v; want the row as baseline and the mark at the activation", out, w.mark())
	}
}

func TestAPageThatNeededNoRequest(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	w.reply = func(sdk.Call) (*sdk.Reply, error) {
		page := &sdk.Page{}
		for _, r := range w.rows {
			page.Records.Inline = append(page.Records.Inline, sdk.Raw(r.json()))
		}
		return &sdk.Reply{Page: page}, nil
	}
	w.poll(1)
	w.add("a", 1, 2)
	if out := w.poll(3); out.Created != 1 || !out.Window.To.Equal(w.now) {
		t.Errorf("outcome %+v, want one created and our own clock", out)
	}
}

func TestAnOversizedRecordIsToldWithoutIt(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	w.poll(1)
	w.reply = func(c sdk.Call) (*sdk.Reply, error) {
		if c.Response == nil {
			return nil, nil
		}
		at := w.now.UnixMilli()
		page := &sdk.Page{}
		for _, text := range []string{
			fmt.Sprintf(`{"id":"huge","created":%d,"updated":%d,"text":%q}`, at, at, strings.Repeat("x", 9<<20)),
			fmt.Sprintf(`{"id":%q,"created":%d,"updated":%d}`, strings.Repeat("i", 300<<10), at, at),
			fmt.Sprintf(`{"id":"good","created":%d,"updated":%d}`, at, at),
		} {
			page.Records.Inline = append(page.Records.Inline, []byte(text))
		}
		return &sdk.Reply{Page: page}, nil
	}
	out := w.poll(3)
	if out.Error != nil || out.Created != 3 || out.Oversized != 1 || len(out.Warnings) == 0 {
		t.Errorf("error %+v, created %d, oversized %d, warnings %q", out.Error, out.Created, out.Oversized, out.Warnings)
	}
	if told := w.told(); len(told) != 3 || told[0] != "CREATED huge" || told[2] != "CREATED good" {
		t.Errorf("told %.100q", told)
	}
}

func TestABeginningLongAgoIsNotTooMuchForACommit(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	res := *w.job.Resource
	res.Start = "beginning"
	cp, err := First(42, &res, w.job.Plan, epoch)
	if err != nil {
		t.Fatal(err)
	}
	cp.Expect = 1
	if _, err := store.One(w.store.Store.Commit(t.Context(), store.Change{Puts: []store.Put{cp}})); err != nil {
		t.Fatal(err)
	}
	w.size = 1000
	const n = 8000
	for i := range n {
		at := epoch.Add(-time.Duration(n-i) * time.Minute)
		w.rows = append(w.rows, row{fmt.Sprint("h", i), at, at})
	}
	if out := w.poll(1); out.Error != nil || out.Created != n {
		t.Fatalf("error %+v, created %d, want all %d", out.Error, out.Created, n)
	}
	w.add("new", 1, 2)
	for at := 3.0; at < 9; at++ { // what was forgotten is deleted over several commits
		w.add(fmt.Sprint("later", at), 1, at)
		if out := w.poll(at + 0.5); out.Error != nil || out.Created == 0 {
			t.Fatalf("error %+v, created %d", out.Error, out.Created)
		}
	}
	if told := w.told(); len(told) != n+7 {
		t.Errorf("%d told, want %d", len(told), n+7)
	}
	chunks, err := w.store.Chunks(t.Context(), CheckpointKey(42, &instance.Resource{Name: "contacts"}), "", 10_000)
	if err != nil || len(chunks) > 2 {
		t.Errorf("%d chunks are left, err %v", len(chunks), err)
	}
}

func TestARefusedPlaceIsNoHotLoop(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{Pages: 2})
	w.poll(1)
	w.add("a", 20, 2)
	w.poll(3)
	w.reply = func(call sdk.Call) (*sdk.Reply, error) {
		if call.Query.Page != "" && call.Response == nil && w.fetches == 0 {
			return &sdk.Reply{Fault: &sdk.Fault{Kind: sdk.FaultInvalid, Message: "unknown page"}}, nil
		}
		return nil, nil
	}
	w.fetches = 0
	if out := w.poll(4); out.Error != nil || out.Continues || out.Again() {
		t.Errorf("outcome %+v, want the scan to end in one poll", out)
	}
	w.wantTold(names("CREATED", "a", 20)...)
}

func TestLaterPollsOfOneScanAreNotLate(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{Pages: 1})
	w.poll(1)
	w.add("a", 8, 2)
	for at, more := 10.0, true; more; at += 10 {
		out := w.poll(at)
		if more = out.Continues; out.Late.Records != 0 {
			t.Errorf("poll at %v s: late %+v", at, out.Late)
		}
	}
}

func TestTheFallbackIsForWholePages(t *testing.T) {
	t.Parallel()
	for _, portion := range []int{500, 1} {
		w := setup(t, Limits{CommitChanges: portion})
		w.job.Resource.Fields.ID = "key"
		w.job.Resource.Fallback = &instance.Fields{ID: "id", Updated: w.job.Resource.Fields.Updated, Created: w.job.Resource.Fields.Created}
		plan, err := w.job.Resource.Compile()
		if err != nil {
			t.Fatal(err)
		}
		w.job.Plan = plan
		w.poll(1)
		w.reply = func(c sdk.Call) (*sdk.Reply, error) {
			if c.Response == nil {
				return nil, nil
			}
			at, page := w.now.UnixMilli(), &sdk.Page{}
			for _, id := range []string{`"key":"1"`, `"id":"2"`, `"key":"3"`} {
				page.Records.Inline = append(page.Records.Inline, []byte(fmt.Sprintf(`{%s,"created":%d,"updated":%d}`, id, at, at)))
			}
			return &sdk.Reply{Page: page}, nil
		}
		if out := w.poll(3); out.Created != 2 || out.NoID != 1 || out.Fallback != 0 {
			t.Errorf("portions of %d: %+v, want two created and one without an id", portion, out.Counts)
		}
	}
}

func TestARowThatIsNoObjectDoesNotStopThePage(t *testing.T) {
	t.Parallel()
	w := setup(t, Limits{})
	w.poll(1)
	w.answer = func(sdk.Fetch) (Answer, error) {
		body := fmt.Sprintf(`{"rows":[{"id":"a","created":%[1]d,"updated":%[1]d},5,"x",null,[],{"id":"b","created":%[1]d,"updated":%[1]d}]}`, w.now.UnixMilli())
		return Answer{Response: sdk.Response{Status: 200, Body: []byte(body)}, Date: w.now}, nil
	}
	w.reply = func(c sdk.Call) (*sdk.Reply, error) {
		if c.Response == nil {
			return nil, nil
		}
		return &sdk.Reply{Page: &sdk.Page{Records: sdk.Records{Select: &sdk.Select{At: "/rows"}}}}, nil
	}
	if out := w.poll(3); out.Error != nil || out.Created != 2 || out.NoID != 4 {
		t.Errorf("outcome %+v, error %+v; want two created and four without an id", out.Counts, out.Error)
	}
}
