package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/instance"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// sink is a callback that answers as a test says and remembers what came.
type sink struct {
	mu     sync.Mutex
	ids    []string
	bodies map[string][]string
	answer func(id string) (status int, body string) // nil = 200
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := r.Header.Get("webhook-id")
	if s.bodies == nil {
		s.bodies = map[string][]string{}
	}
	s.ids, s.bodies[id] = append(s.ids, id), append(s.bodies[id], string(body))
	if s.answer != nil {
		status, text := s.answer(id)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

func (s *sink) came() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ids)
}

func (s *sink) set(answer func(id string) (int, string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// quiet makes an instance that polls nothing new and tells a sink of its own.
func (w *world) quiet() (*engine.Instance, *sink) {
	w.t.Helper()
	s := &sink{}
	return w.create(w.body("icontact", map[string]any{
		"event.notification.callback.url": w.serve(s) + "/events", "event.poller.refresh_interval": "1000",
	})), s
}

func (w *world) emit(in *engine.Instance, kind change.Kind, objects ...string) (ids []string) {
	w.t.Helper()
	var changes []change.Change
	for _, id := range objects {
		c := change.Change{ObjectID: id, Kind: kind, Version: fmt.Sprint(time.Now()), Date: time.Now()}
		if kind != change.Deleted {
			c.Record = json.RawMessage(`{"id": "` + id + `"}`)
		}
		changes = append(changes, c)
	}
	rows, err := w.engine.Emit(context.Background(), in, "standard", changes...)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	return ids
}

func (w *world) events(in *engine.Instance, filter engine.EventFilter, size int) (all []engine.Event) {
	w.t.Helper()
	q := engine.EventsQuery{EventFilter: filter, Size: size, Hydrate: true}
	for {
		list, next, err := w.engine.Events(context.Background(), w.caller, in.ID, q)
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, list...)
		if q.Page = next; next == "" {
			return all
		}
	}
}

func eventIDs(list []engine.Event) []string {
	ids := []string{}
	for _, e := range list {
		ids = append(ids, e.ID)
	}
	return ids
}

func (w *world) delivered(in *engine.Instance, n int) {
	w.t.Helper()
	await(w.t, fmt.Sprint(n, " delivered events"), func() bool {
		list, _, err := w.engine.Events(context.Background(), w.caller, in.ID, engine.EventsQuery{EventFilter: engine.EventFilter{State: "delivered"}, Size: n + 1})
		return err == nil && len(list) == n
	})
}

func TestAPolledChangeIsAnEvent(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("icontact", nil))
	contact := w.icontact.CreateContact(icontact.Contact{Email: "ada@example.com"})
	came := w.receiver.wait(t, 1)[0]
	w.delivered(in, 1)
	event := w.events(in, engine.EventFilter{Status: "notified", Type: "created", Resource: "contacts", ObjectID: contact.ID}, 10)[0]
	var body struct{ Message struct{ Raw json.RawMessage } }
	if err := json.Unmarshal(came.Body, &body); err != nil {
		t.Fatal(err)
	}
	if event.ID != came.Notification || event.Status != "NOTIFIED" || event.ProviderData != string(body.Message.Raw) || event.Changes != 1 ||
		len(event.NotifiedData) != 1 || event.NotifiedData[0].Status != 200 || event.Payload != nil || event.EventDate.IsZero() {
		t.Errorf("event %s", show(event))
	}
	changes, next, err := w.engine.Changes(context.Background(), w.caller, in.ID, engine.ChangesQuery{Size: 10})
	if err != nil || next != "" || len(changes) != 1 || changes[0].ID != came.EventID || changes[0].ObjectID != contact.ID || changes[0].Event != event.ID ||
		changes[0].Type != "CREATED" || changes[0].Resource != "contacts" || changes[0].State != "delivered" {
		t.Fatalf("changes %s, next %q, %v", show(changes), next, err)
	}
	for _, id := range []string{event.ID, came.EventID} {
		one, err := w.engine.Event(context.Background(), w.caller, in.ID, id)
		var payload, want any
		if err == nil {
			err = errors.Join(json.Unmarshal(one.Payload, &payload), json.Unmarshal(came.Body, &want))
		}
		if err != nil || one.ID != event.ID || len(one.Events) != 1 || one.Events[0].ID != came.EventID {
			t.Errorf("by %s: %s, %v", id, show(one), err)
		}
		if diff := cmp.Diff(want, payload); diff != "" {
			t.Errorf("payload: %s", diff)
		}
	}
	again, err := w.engine.RedeliverEvent(context.Background(), w.caller, in.ID, event.ID)
	if err != nil || again.ID != event.ID || !again.Redelivery {
		t.Fatalf("sent again: %s, %v", show(again), err)
	}
	if repeat := w.receiver.wait(t, 2)[1]; string(repeat.Body) != string(came.Body) || repeat.Notification != came.Notification {
		t.Errorf("sent again: %s", repeat.Body)
	}
	w.delivered(in, 2)
	if changes, _, err := w.engine.Changes(context.Background(), w.caller, in.ID, engine.ChangesQuery{Size: 10}); err != nil || len(changes) != 1 {
		t.Errorf("%d changes, %v; a repeat is none", len(changes), err)
	}
	for _, id := range []string{"none", "", strings.Repeat("x", 600), "a\x00b"} {
		if _, err := w.engine.Event(context.Background(), w.caller, in.ID, id); !errors.Is(err, engine.ErrNotFound) {
			t.Errorf("event %q: %v", id, err)
		}
	}
}

func TestEventsArePagedAndSurviveARestart(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in, _ := w.quiet()
	var objects []string
	for i := range 25 {
		objects = append(objects, fmt.Sprint("o", i))
	}
	ids := w.emit(in, change.Updated, objects...)
	w.delivered(in, 25)
	slices.Reverse(ids)
	for range 2 {
		for _, size := range []int{1, 7, 25, 200} {
			if diff := cmp.Diff(ids, eventIDs(w.events(in, engine.EventFilter{}, size))); diff != "" {
				t.Errorf("by %d: %s", size, diff)
			}
		}
		w.stop()
		w.start()
	}
	all := w.events(in, engine.EventFilter{}, 200)
	if diff := cmp.Diff(ids[:10], eventIDs(w.events(in, engine.EventFilter{From: all[9].EventDate.Format(time.RFC3339Nano)}, 200))[:10]); diff != "" {
		t.Errorf("from: %s", diff)
	}
	if got := w.events(in, engine.EventFilter{ObjectID: "o3"}, 2); len(got) != 1 || !strings.Contains(got[0].ProviderData, `"o3"`) {
		t.Errorf("of an object: %s", show(got))
	}
}

func TestFaultyFiltersAreRefused(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in, _ := w.quiet()
	ctx := context.Background()
	refused := func(what string, err error, paths ...string) {
		t.Helper()
		var invalid *instance.InvalidError
		if !errors.As(err, &invalid) {
			t.Errorf("%s: %v", what, err)
			return
		}
		got := []string{}
		for _, p := range invalid.Problems {
			got = append(got, p.Path)
		}
		if diff := cmp.Diff(paths, got); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	bad := engine.EventFilter{Status: "SENT", State: "gone", Type: "MOVED", From: "yesterday", To: "2026-13-01"}
	for name, c := range map[string]struct {
		filter engine.EventFilter
		page   string
		want   []string
	}{
		"words": {bad, "", []string{"status", "state", "type", "from", "to"}},
		"times": {engine.EventFilter{From: "2026-06-09", To: "2026-06-08T23:59:59+00:00"}, "", []string{"to"}},
		"page":  {engine.EventFilter{Status: "NEW"}, "x", []string{"nextPage"}},
	} {
		_, _, err := w.engine.Events(ctx, w.caller, in.ID, engine.EventsQuery{EventFilter: c.filter, Page: c.page, Size: 1})
		refused(name, err, c.want...)
		_, _, err = w.engine.Changes(ctx, w.caller, in.ID, engine.ChangesQuery{EventFilter: c.filter, Page: c.page, Size: 1})
		refused(name+" of changes", err, c.want...)
		if c.page == "" {
			_, err = w.engine.RedeliverEvents(ctx, w.caller, in.ID, c.filter)
			refused(name+" of a redelivery", err, c.want...)
		}
	}
	_, err := w.engine.RedeliverEvents(ctx, w.caller, in.ID, engine.EventFilter{})
	refused("a redelivery of everything", err, "body")
	for _, fine := range []engine.EventFilter{
		{Status: "consumed"}, {From: "2026-06-09"}, {From: "2026-06-09T01:02"}, {From: "2026-06-09T01:02:03.5", To: "2026-06-09T03:02:04+02:00"}, {From: "1900-01-01", To: "1901-01-01T00:00:00Z"},
	} {
		if list, _, err := w.engine.Events(ctx, w.caller, in.ID, engine.EventsQuery{EventFilter: fine, Size: 1}); err != nil || len(list) != 0 {
			t.Errorf("%+v: %v, %v", fine, list, err)
		}
	}
	other := engine.Caller{Organization: w.caller.Organization + 1}
	for what, err := range map[string]error{
		"events":       second(w.engine.Events(ctx, other, in.ID, engine.EventsQuery{Size: 1})),
		"changes":      second(w.engine.Changes(ctx, other, in.ID, engine.ChangesQuery{Size: 1})),
		"dispositions": second(w.engine.Dispositions(ctx, other, in.ID, engine.EventsQuery{Size: 1})),
	} {
		if !errors.Is(err, engine.ErrNotFound) {
			t.Errorf("%s of another organization: %v", what, err)
		}
	}
	_, one := w.engine.RedeliverEvent(ctx, other, in.ID, "x")
	_, many := w.engine.RedeliverEvents(ctx, other, in.ID, engine.EventFilter{State: "delivered"})
	_, jobs := w.engine.Redeliveries(ctx, other, in.ID)
	_, cancel := w.engine.CancelRedelivery(ctx, other, in.ID, "x")
	_, job := w.engine.Redelivery(ctx, w.caller, in.ID, "x")
	for _, err := range []error{one, many, jobs, cancel, job} {
		if !errors.Is(err, engine.ErrNotFound) {
			t.Errorf("redelivery: %v", err)
		}
	}
}

func second[L any](_ L, _ string, err error) error { return err }

// giveUp has an engine that does not run send what waits once, so that what the sink refuses becomes a dead letter.
func (w *world) giveUp(in *engine.Instance, until func() bool) {
	w.t.Helper()
	w.stop()
	e, err := engine.New(context.Background(), w.config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.engine = e
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.GiveUp(ctx) }()
	await(w.t, "dead letters", until)
	cancel()
	if err := errors.Join(<-ended, e.Close(context.Background())); err != nil {
		w.t.Fatal(err)
	}
	w.start()
}

func TestADeadLetterIsAnEventAndSentAgainByAJob(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in, s := w.quiet()
	s.set(func(string) (int, string) { return 422, "no thanks" })
	w.stop()
	var ids []string
	e, err := engine.New(context.Background(), w.config) // what it stores is not sent yet
	if err != nil {
		t.Fatal(err)
	}
	w.engine = e
	for _, object := range []string{"a", "b", "c"} {
		ids = append(ids, w.emit(in, change.Created, object)...)
	}
	if err := e.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.giveUp(in, func() bool {
		list, _, err := w.engine.DeadLetters(context.Background(), w.caller, in.ID, "", 10)
		return err == nil && len(list) == 3
	})
	dead := w.events(in, engine.EventFilter{State: "deadletter"}, 2)
	slices.Reverse(dead)
	if diff := cmp.Diff(ids, eventIDs(dead)); diff != "" {
		t.Fatal(diff)
	}
	one, err := w.engine.Event(context.Background(), w.caller, in.ID, ids[0])
	if err != nil || one.Status != "DISPATCHED" || one.State != "deadletter" || len(one.NotifiedData) != 1 || one.NotifiedData[0].Answer != "no thanks" {
		t.Errorf("event %s, %v", show(one), err)
	}
	told, _, err := w.engine.Dispositions(context.Background(), w.caller, in.ID, engine.EventsQuery{Size: 10})
	if err != nil || len(told) != 3 || !strings.Contains(show(told[0]), "Error delivering event: the callback answered 422") || told[0].Event != ids[2] {
		t.Errorf("dispositions %s, %v", show(told), err)
	}
	var conflict *engine.ConflictError
	letters, _, err := w.engine.DeadLetters(context.Background(), w.caller, in.ID, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	w.engine.Admits(func(string) bool { return false })
	if err := w.engine.Redeliver(context.Background(), w.caller, in.ID, letters[0].ID); !errors.As(err, &conflict) {
		t.Errorf("a dead letter is sent again although too much waits: %v", err)
	}
	w.engine.Admits(func(string) bool { return true })
	s.set(nil)
	if again, err := w.engine.RedeliverEvent(context.Background(), w.caller, in.ID, ids[0]); err != nil || !again.Redelivery {
		t.Fatalf("%s, %v", show(again), err)
	}
	w.delivered(in, 1)
	job, err := w.engine.RedeliverEvents(context.Background(), w.caller, in.ID, engine.EventFilter{Status: "DISPATCHED"})
	if err != nil || job.State != "running" {
		t.Fatalf("%+v, %v", job, err)
	}
	w.delivered(in, 3)
	job = w.ended(in, job.ID)
	if job.State != "done" || job.Sent != 2 || job.Skipped != 0 || job.Finished.IsZero() {
		t.Errorf("job %s", show(job))
	}
	if left, _, err := w.engine.DeadLetters(context.Background(), w.caller, in.ID, "", 10); err != nil || len(left) != 0 {
		t.Errorf("dead letters %s, %v", show(left), err)
	}
	// Objects of different lanes do not wait for each other.
	if diff := cmp.Diff(slices.Sorted(slices.Values(ids)), slices.Sorted(slices.Values(s.came()[3:]))); diff != "" {
		t.Errorf("sent again: %s", diff)
	}
	if got := w.events(in, engine.EventFilter{State: "resent"}, 10); len(got) != 3 {
		t.Errorf("first sendings: %s", show(got))
	}
}

// ended waits for the end of a job.
func (w *world) ended(in *engine.Instance, id string) (job engine.Redelivery) {
	w.t.Helper()
	await(w.t, "the end of a redelivery", func() bool {
		var err error
		if job, err = w.engine.Redelivery(context.Background(), w.caller, in.ID, id); err != nil {
			w.t.Fatal(err)
		}
		return job.State != "running"
	})
	return job
}

// A job is held up in its middle and ends in the next process: every event was sent again once, in order, and none of those that it sent
// itself.
func TestARedeliveryGoesOnAfterARestart(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in, s := w.quiet()
	var objects []string
	for i := range 120 { // more than a step looks at
		objects = append(objects, fmt.Sprint("o", i))
	}
	ids := w.emit(in, change.Updated, objects...)
	await(t, "all of them", func() bool { return len(s.came()) == len(ids) })
	w.delivered(in, len(ids))
	var steps atomic.Int32
	w.engine.Admits(func(string) bool { return steps.Add(1) <= 2 }) // the dead letters, and a part of the delivered ones
	from := w.events(in, engine.EventFilter{}, 200)
	filter := engine.EventFilter{State: "delivered", From: from[len(from)-1].EventDate.Format(time.RFC3339Nano)}
	job, err := w.engine.RedeliverEvents(context.Background(), w.caller, in.ID, filter)
	if err != nil {
		t.Fatal(err)
	}
	var conflict *engine.ConflictError
	if _, err := w.engine.RedeliverEvents(context.Background(), w.caller, in.ID, filter); !errors.As(err, &conflict) {
		t.Errorf("a second job: %v", err)
	}
	var half engine.Redelivery
	await(t, "some of it", func() bool {
		half, err = w.engine.Redelivery(context.Background(), w.caller, in.ID, job.ID)
		return err == nil && half.Sent > 0
	})
	if half.State != "running" || half.Sent >= len(ids) || half.Reached.IsZero() {
		t.Errorf("half of it: %s", show(half))
	}
	if _, err := w.engine.RedeliverEvent(context.Background(), w.caller, in.ID, ids[0]); !errors.As(err, &conflict) {
		t.Errorf("past the gate: %v", err)
	}
	w.stop()
	w.start()
	if job = w.ended(in, job.ID); job.State != "done" || job.Sent != len(ids) {
		t.Errorf("job %s", show(job))
	}
	await(t, "all of them again", func() bool { return len(s.came()) == 2*len(ids) })
	came := s.came()
	if diff := cmp.Diff(append(slices.Clone(ids), ids...), came); diff != "" {
		t.Errorf("%d came, want each twice, in order: %s", len(came), diff)
	}
	for id, bodies := range s.bodies {
		if bodies[0] != bodies[1] {
			t.Errorf("%s has other bytes", id)
		}
	}
	// Another job sends each once more, and not once for each sending.
	job, err = w.engine.RedeliverEvents(context.Background(), w.caller, in.ID, filter)
	if err != nil {
		t.Fatal(err)
	}
	if job = w.ended(in, job.ID); job.Sent != len(ids) || job.Skipped != 0 {
		t.Errorf("another job: %s", show(job))
	}
	list, err := w.engine.Redeliveries(context.Background(), w.caller, in.ID)
	if err != nil || len(list) != 2 || list[0].ID != job.ID {
		t.Errorf("jobs %s, %v", show(list), err)
	}
}

// What a job has sent waits, and is none of its business; large events go one after the other.
func TestARedeliveryLooksAtNothingThatCameLater(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in, s := w.quiet()
	large := strings.Repeat("x", 400<<10)
	var ids []string
	for i := range 6 {
		ids = append(ids, w.emit(in, change.Updated, fmt.Sprint(i, large))...)
	}
	w.delivered(in, len(ids))
	s.set(func(string) (int, string) { return 503, "" })
	job, err := w.engine.RedeliverEvents(context.Background(), w.caller, in.ID, engine.EventFilter{Type: "UPDATED"})
	if err != nil {
		t.Fatal(err)
	}
	if job = w.ended(in, job.ID); job.State != "done" || job.Sent != len(ids) || job.Skipped != 0 {
		t.Errorf("job %s", show(job))
	}
	if n, err := w.engine.KeptCount(context.Background(), in.ID); err != nil || n != 2*len(ids) {
		t.Errorf("%d sendings, %v, want %d", n, err, 2*len(ids))
	}
	page, next, err := w.engine.Events(context.Background(), w.caller, in.ID, engine.EventsQuery{Size: 10, Hydrate: true})
	if err != nil || len(page) == 0 || len(page) > 5 || next == "" { // 4 MiB
		t.Errorf("%d events of 800 KB in a page, next %q, %v", len(page), next, err)
	}
	waiting := w.events(in, engine.EventFilter{State: "waiting"}, 10)
	slices.Reverse(waiting)
	if diff := cmp.Diff(ids, eventIDs(waiting)); diff != "" {
		t.Error(diff)
	}
}

func TestARedeliveryIsCancelled(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in, _ := w.quiet()
	w.emit(in, change.Created, "a")
	w.delivered(in, 1)
	w.engine.Admits(func(string) bool { return false })
	job, err := w.engine.RedeliverEvents(context.Background(), w.caller, in.ID, engine.EventFilter{Type: "CREATED"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if job, err = w.engine.CancelRedelivery(context.Background(), w.caller, in.ID, job.ID); err != nil || job.State != "cancelled" || job.Sent != 0 {
			t.Errorf("%s, %v", show(job), err)
		}
	}
	next, err := w.engine.RedeliverEvents(context.Background(), w.caller, in.ID, engine.EventFilter{Type: "DELETED"})
	if err != nil {
		t.Fatal(err)
	}
	w.stop()
	w.start()
	if next = w.ended(in, next.ID); next.State != "done" || next.Sent != 0 {
		t.Errorf("%s", show(next))
	}
}

func TestADeletedInstanceKeepsNoEvents(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in, s := w.quiet()
	w.emit(in, change.Created, "a", "b")
	w.delivered(in, 2)
	w.engine.Admits(func(string) bool { return false })
	if _, err := w.engine.RedeliverEvents(context.Background(), w.caller, in.ID, engine.EventFilter{Type: "CREATED"}); err != nil {
		t.Fatal(err)
	}
	s.set(func(string) (int, string) { return 503, "" })
	w.emit(in, change.Created, "c")
	if err := w.engine.DeleteInstance(context.Background(), w.caller, in.ID); err != nil {
		t.Fatal(err)
	}
	await(t, "nothing kept", func() bool {
		n, err := w.engine.KeptCount(context.Background(), in.ID)
		return err == nil && n == 0
	})
}

func TestAnalytics(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in, s := w.quiet()
	other, _ := w.quiet()
	w.emit(in, change.Created, "a", "b", "c")
	w.emit(other, change.Created, "d")
	w.delivered(in, 3)
	w.delivered(other, 1)
	s.set(func(string) (int, string) { return 503, "" })
	w.emit(in, change.Created, "e")
	ctx, now := context.Background(), time.Now().UTC()
	hour := engine.AnalyticsQuery{From: now.Add(-59 * time.Minute).Format(time.RFC3339), To: now.Add(time.Minute).Format(time.RFC3339), Interval: "minute", Accounts: []string{fmt.Sprint(w.caller.Organization)}}
	tallies, err := w.engine.Analytics(ctx, w.caller, hour)
	if err != nil || len(tallies) != 61 {
		t.Fatalf("%d buckets, %v, want 61", len(tallies), err)
	}
	sum := map[int64]engine.InstanceTally{}
	for i, b := range tallies {
		if i > 0 && b.At.Sub(tallies[i-1].At) != time.Minute {
			t.Errorf("bucket %d is at %v", i, b.At)
		}
		for _, of := range b.Instances {
			all := sum[of.Instance]
			sum[of.Instance] = engine.InstanceTally{Instance: of.Instance, Count: all.Count + of.Count, Success: all.Success + of.Success, Failed: all.Failed + of.Failed}
		}
	}
	want := map[int64]engine.InstanceTally{in.ID: {Instance: in.ID, Count: 4, Success: 3}, other.ID: {Instance: other.ID, Count: 1, Success: 1}}
	if diff := cmp.Diff(want, sum); diff != "" {
		t.Error(diff)
	}
	if tallies, err = w.engine.Analytics(ctx, w.caller, engine.AnalyticsQuery{}); err != nil || len(tallies) != 25 || tallies[24].Count+tallies[23].Count != 5 {
		t.Errorf("by default: %d buckets, %v", len(tallies), err)
	}
	hour.Accounts = append(hour.Accounts, "1")
	if _, err := w.engine.Analytics(ctx, w.caller, hour); !errors.Is(err, engine.ErrForbidden) {
		t.Errorf("another account: %v", err)
	}
	for name, q := range map[string]engine.AnalyticsQuery{
		"a day by seconds": {Interval: "second"}, "interval": {Interval: "year"}, "from": {From: "x"}, "to": {To: "-1"},
		"to before from": {From: "2026-06-09T00:00:00Z", To: "2026-06-08T00:00:00Z"}, "a long time": {From: "1026-06-09", To: "2026-06-08"},
	} {
		var invalid *instance.InvalidError
		if _, err := w.engine.Analytics(ctx, w.caller, q); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
