package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
	"github.com/pollwright/pollwright/plugins/simkit"
)

// changesOf are events as lines, with their ids.
func changesOf(events []event) (lines []string) {
	for _, e := range events {
		lines = append(lines, fmt.Sprintf("%s %s %s", e.Kind, e.ID, e.EventID))
	}
	return slices.Sorted(slices.Values(lines))
}

// TestARewindTellsTheSameEventsAgain: from its time on, once, with their ids and kinds, beside what is new; a restart between the rewind and the
// poll loses nothing.
func TestARewindTellsTheSameEventsAgain(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.seldom()
	resource := in.Resources[0].Name
	ctx := context.Background()
	a := w.contact("a@example.com")
	w.later(in)
	w.contact("b@example.com")
	w.later(in)
	w.update(a) // within the window of its creation
	w.later(in)
	told := w.receiver.wait(t, 3)
	to := told[1].Date // of b; a whole second, which lies before b's own date and behind a's first one
	c := w.contact("c@example.com")

	before, _, err := w.engine.Checkpoint(ctx, w.caller, in.ID, resource, engine.HistoryQuery{Size: 10})
	if err != nil {
		t.Fatal(err)
	}
	if !before.Mark.Truncate(time.Second).Equal(told[2].Date) || before.Remembered != 3 || before.Rewind != nil || len(before.History) != 4 || before.MovedAt.IsZero() {
		t.Errorf("checkpoint %s, want the mark at %v after four moves", show(before), told[2].Date)
	}
	preview, err := w.engine.PreviewRewind(ctx, w.caller, in.ID, resource, to.Format(time.RFC3339Nano))
	if err != nil || preview.Count != 3 || preview.ByType["CREATED"] != 2 || preview.ByType["UPDATED"] != 1 || !preview.First.Truncate(time.Second).Equal(to) || preview.Truncated {
		t.Errorf("preview %s, err %v", show(preview), err)
	}

	w.fail(simkit.Fault{Prefix: "/api", Status: 500, Times: -1}) // the poll that follows gets nothing
	if err := w.engine.Rewind(ctx, w.caller, in.ID, resource, to.Format(time.RFC3339Nano)); err != nil {
		t.Fatal(err)
	}
	w.stop()
	w.acton.Faults.Clear()
	w.start()
	await(t, "an engine that is ready", func() bool { return w.engine.Ready() == nil })
	between, _, err := w.engine.Checkpoint(ctx, w.caller, in.ID, resource, engine.HistoryQuery{Size: 1})
	if err != nil || !between.Mark.Equal(to) || between.Rewind == nil || !between.Rewind.Passed.Equal(before.Mark) {
		t.Errorf("checkpoint %s, err %v; want a rewind", show(between), err)
	}
	if m := between.History; len(m) != 1 || m[0].By != "user" || m[0].User != w.caller.User || !m[0].From.Equal(before.Mark) || !m[0].To.Equal(to) {
		t.Errorf("history %s, want the rewind", show(m))
	}
	w.byHand(in)
	again := changesOf(w.receiver.wait(t, 6)[3:])
	if !slices.ContainsFunc(again, func(line string) bool { return len(line) > 9+len(c) && line[:8+len(c)] == "CREATED "+c }) {
		t.Errorf("%v, want what is new, too", again)
	}
	if diff := cmp.Diff(changesOf(told[1:]), slices.DeleteFunc(again, func(line string) bool { return line[8:8+len(c)] == c })); diff != "" {
		t.Errorf("told again (-before +again):\n%s", diff)
	}
	for range 2 {
		if p := w.byHand(in); p.Created+p.Updated > 0 {
			t.Errorf("told more after the rewind: %s", show(p))
		}
	}
	after, next, err := w.engine.Checkpoint(ctx, w.caller, in.ID, resource, engine.HistoryQuery{Size: 2})
	if err != nil || after.Rewind != nil || next == "" || len(after.History) != 2 || after.History[0].By != "poll" || after.History[1].By != "user" {
		t.Errorf("checkpoint %s, next %q, err %v; want the rewind done", show(after), next, err)
	}
	var rest []engine.MarkMove
	for page := next; page != ""; {
		var more engine.Checkpoint
		if more, page, err = w.engine.Checkpoint(ctx, w.caller, in.ID, resource, engine.HistoryQuery{Size: 2, Page: page}); err != nil {
			t.Fatal(err)
		}
		rest = append(rest, more.History...)
		if !more.MovedAt.Equal(after.History[0].Time) {
			t.Errorf("moved at %v on a later page, want %v", more.MovedAt, after.History[0].Time)
		}
	}
	if diff := cmp.Diff(before.History, rest); diff != "" {
		t.Errorf("history before the rewind (-then +now):\n%s", diff)
	}
	entries, _, err := w.engine.Audit(ctx, w.caller, engine.AuditQuery{Action: "resource.rewind", Size: 5})
	if err != nil || len(entries) != 1 || entries[0].Subject != fmt.Sprintf("instances/%d/resources/%s", in.ID, resource) {
		t.Errorf("audit %s, err %v", show(entries), err)
	}
}

// TestARunningPollDoesNotCommitOverARewind: what it would have stored is not, and the poll after it tells from the rewind on.
func TestARunningPollDoesNotCommitOverARewind(t *testing.T) {
	t.Parallel()
	w := setup(t)
	g := w.gate()
	in := w.seldom(map[string]any{"base.url": g.url})
	resource := in.Resources[0].Name
	w.contact("a@example.com")
	w.later(in)
	first := w.receiver.wait(t, 1)[0]
	w.contact("b@example.com")
	open := g.close()
	polled := make(chan engine.HandPoll, 1)
	go func() {
		p, err := w.engine.PollByHand(context.Background(), w.caller, in.ID, resource)
		if err != nil {
			t.Error(err)
		}
		polled <- p
	}()
	<-g.came // it has read the checkpoint
	if err := w.engine.Rewind(context.Background(), w.caller, in.ID, resource, fmt.Sprint(first.Date.UnixMilli())); err != nil {
		t.Fatal(err)
	}
	open()
	if p := <-polled; p.Outcome == nil || !p.Failed() || p.Error.Kind != "store" {
		t.Errorf("poll %s, want one whose checkpoint moved meanwhile", show(p))
	}
	events := w.receiver.wait(t, 3) // the rewind has the resource polled
	if events[1].EventID != first.EventID && events[2].EventID != first.EventID {
		t.Errorf("events %s, want the first again", kinds(events))
	}
}

func TestRewindRefuses(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.seldom()
	resource, ctx := in.Resources[0].Name, context.Background()
	for _, mark := range []string{"", "yesterday", "2999-01-01T00:00:00Z", "1780531200", "-5", "1969-12-31T00:00:00Z", w.stampIn(time.Hour)} {
		var invalid *instance.InvalidError
		err := w.engine.Rewind(ctx, w.caller, in.ID, resource, mark)
		if !errors.As(err, &invalid) || invalid.Problems[0].Path != "mark" {
			t.Errorf("mark %q: err %v", mark, err)
		}
		if _, err := w.engine.PreviewRewind(ctx, w.caller, in.ID, resource, mark); !errors.As(err, &invalid) {
			t.Errorf("preview of mark %q: err %v", mark, err)
		}
	}
	hash := w.create(w.body("icontact", map[string]any{"event.poller.configuration": `{"contacts": {"url": "/hubs/marketing/contacts", "idField": "contactId", "detect": "hash"}}`}))
	w.icontact.CreateContact(icontact.Contact{Email: "x@example.com"})
	w.outcome(hash, "an end", func(o engine.Outcome) bool { return !o.Failed() })
	if err := w.engine.Rewind(ctx, w.caller, hash.ID, "contacts", w.stampIn(-time.Hour)); !isConflict(err) {
		t.Errorf("a resource watched by content: err %v", err)
	}
	if c, _, err := w.engine.Checkpoint(ctx, w.caller, hash.ID, "contacts", engine.HistoryQuery{Size: 10}); err != nil || c.Detect != "hash" || c.Window != nil || len(c.History) != 0 {
		t.Errorf("checkpoint %s, err %v", show(c), err)
	}
}

// later has the provider's clock go on by a few seconds, and polls: its Date header has whole seconds, and no mark passes it.
func (w *world) later(in *engine.Instance) engine.HandPoll {
	w.t.Helper()
	w.acton.Clock.SetOffset(w.acton.Clock.Offset() + 3*time.Second)
	return w.byHand(in)
}

func (w *world) stampIn(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
