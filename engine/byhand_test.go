package engine_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/deliver"
	acton "github.com/pollwright/pollwright/plugins/acton/sim"
	"github.com/pollwright/pollwright/plugins/simkit"
)

// seldom makes an instance of Act-On that the schedule polls once, at its creation: every other poll is by hand.
func (w *world) seldom(change ...map[string]any) *engine.Instance {
	w.t.Helper()
	configuration := map[string]any{"event.poller.refresh_interval": "1000"}
	for _, c := range change {
		add(configuration, c)
	}
	in := w.create(w.body("acton", configuration))
	w.outcome(in, "an end", func(engine.Outcome) bool { return true })
	return in
}

// byHand polls and wants it to have ended well.
func (w *world) byHand(in *engine.Instance) engine.HandPoll {
	w.t.Helper()
	p, err := w.engine.PollByHand(context.Background(), w.caller, in.ID, in.Resources[0].Name)
	if err != nil {
		w.t.Fatal(err)
	}
	if p.Running || p.Failed() {
		w.t.Fatalf("poll by hand: %s", show(p))
	}
	return p
}

func (w *world) contact(email string) string {
	w.t.Helper()
	entry, err := w.acton.CreateContact(acton.Contact{Fields: map[string]string{"E-mail Address": email}})
	if err != nil {
		w.t.Fatal(err)
	}
	return entry.ID
}

func (w *world) update(id string) {
	w.t.Helper()
	if _, err := w.acton.UpdateContact(id, acton.Contact{Fields: map[string]string{"First Name": "Ada"}}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) fail(f simkit.Fault) {
	w.t.Helper()
	if err := w.acton.Faults.Add(f); err != nil {
		w.t.Fatal(err)
	}
}

func TestAPollByHand(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.seldom()
	id := w.contact("a@example.com")
	p := w.byHand(in)
	if p.Created != 1 || p.Stopped != nil {
		t.Errorf("poll %s, want one record created", show(p))
	}
	if events := w.receiver.wait(t, 1); events[0].ID != id {
		t.Errorf("events %s", kinds(events))
	}
	w.outcome(in, "the outcome of the poll by hand", func(o engine.Outcome) bool { return o.ID == p.ID })
	w.fail(simkit.Fault{Prefix: "/api", Status: 500, Times: -1})
	failed, err := w.engine.PollByHand(context.Background(), w.caller, in.ID, in.Resources[0].Name)
	if err != nil || !failed.Failed() {
		t.Errorf("poll %s, err %v; want one that failed", show(failed), err)
	}
	if _, err := w.engine.PollByHand(context.Background(), w.caller, in.ID, "nothing"); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("err %v for a resource that is not polled", err)
	}
	if _, err := w.engine.PollByHand(context.Background(), engine.Caller{Organization: 1}, in.ID, in.Resources[0].Name); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("err %v for another's instance", err)
	}
	if _, err := w.engine.Disable(context.Background(), w.caller, in.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine.PollByHand(context.Background(), w.caller, in.ID, in.Resources[0].Name); !errors.Is(err, engine.ErrDisabled) {
		t.Errorf("err %v for a disabled instance", err)
	}
	if _, err := w.engine.DryRun(context.Background(), w.caller, in.ID, in.Resources[0].Name); !errors.Is(err, engine.ErrDisabled) {
		t.Errorf("dry run of a disabled instance: err %v", err)
	}
	silent := w.create(w.body("acton", map[string]any{"event.notification.callback.url": nil}))
	if _, err := w.engine.PollByHand(context.Background(), w.caller, silent.ID, silent.Resources[0].Name); !isConflict(err) {
		t.Errorf("err %v for an instance without a callback", err)
	}
}

// gate is a way to the provider that a test can close.
type gate struct {
	url    string
	came   chan struct{} // gets a value for each request that has to wait
	closed atomic.Pointer[chan struct{}]
}

func (w *world) gate() *gate {
	g := &gate{came: make(chan struct{}, 100)}
	g.url = w.serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if open := g.closed.Load(); open != nil {
			g.came <- struct{}{}
			select {
			case <-*open:
			case <-r.Context().Done():
			}
		}
		w.acton.ServeHTTP(rw, r)
	}))
	return g
}

// close holds requests until the gate is opened.
func (g *gate) close() (open func()) {
	hold := make(chan struct{})
	g.closed.Store(&hold)
	return func() { g.closed.Store(nil); close(hold) }
}

// TestPollsByHandWaitForEachOther: while the provider does not answer, whoever waits too long is told that the poll goes on, and those who come
// meanwhile have one poll together, after it.
func TestPollsByHandWaitForEachOther(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *engine.Config) { c.HandWait = 300 * time.Millisecond })
	g := w.gate()
	in := w.seldom(map[string]any{"base.url": g.url})
	open := g.close()
	poll := func() {
		p, err := w.engine.PollByHand(context.Background(), w.caller, in.ID, in.Resources[0].Name)
		if err != nil || !p.Running || p.Outcome != nil {
			t.Errorf("poll %s, err %v; want it running", show(p), err)
		}
	}
	poll()
	<-g.came
	var together sync.WaitGroup
	for range 3 {
		together.Go(poll)
	}
	together.Wait()
	if _, err := w.engine.DryRun(context.Background(), w.caller, in.ID, in.Resources[0].Name); !isConflict(err) {
		t.Errorf("dry run beside a poll: err %v", err)
	}
	if len(g.came) > 0 {
		t.Errorf("%d more requests at the provider while one is not answered", len(g.came))
	}
	open()
	ends := func() int {
		list, err := w.engine.Polls(context.Background(), w.caller, in.ID, "", 100)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	await(t, "the end of both polls", func() bool { return ends() >= 3 && w.engine.ByHand() == 0 })
	if n := ends(); n != 3 {
		t.Errorf("%d polls, want that of the schedule and two by hand", n)
	}
}

func TestDeletingAnInstanceEndsItsPollsByHand(t *testing.T) {
	t.Parallel()
	w := setup(t)
	g := w.gate()
	in := w.seldom(map[string]any{"base.url": g.url})
	open := g.close()
	defer open()
	ended := make(chan error)
	for range 2 { // one runs, one waits for it
		go func() {
			_, err := w.engine.PollByHand(context.Background(), w.caller, in.ID, in.Resources[0].Name)
			ended <- err
		}()
		if w.engine.ByHand() == 0 {
			<-g.came
		}
	}
	if err := w.engine.DeleteInstance(context.Background(), w.caller, in.ID); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-ended; !isConflict(err) && !errors.Is(err, engine.ErrNotFound) {
			t.Errorf("err %v, want a word that the instance is gone", err)
		}
	}
}

func isConflict(err error) bool {
	var conflict *engine.ConflictError
	return errors.As(err, &conflict)
}

func TestAStoppedInstanceIsPolledByHandAsATrial(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *engine.Config) { c.PollFailures = 2 })
	in := w.seldom()
	w.fail(simkit.Fault{Prefix: "/api", Status: 500, Times: -1})
	var p engine.HandPoll
	for range 2 {
		var err error
		if p, err = w.engine.PollByHand(context.Background(), w.caller, in.ID, in.Resources[0].Name); err != nil {
			t.Fatal(err)
		}
	}
	if p.Stopped == nil || !p.Failed() || !strings.Contains(p.Message, "/enabled") {
		t.Errorf("poll %s, want it to have stopped the instance", show(p))
	}
	w.acton.Faults.Clear()
	id := w.contact("trial@example.com")
	if p = w.byHand(in); p.Created != 1 || p.Stopped == nil || !strings.Contains(p.Message, "/enabled") {
		t.Errorf("poll %s, want a trial that tells how to go on", show(p))
	}
	if events := w.receiver.wait(t, 1); events[0].ID != id {
		t.Errorf("events %s", kinds(events))
	}
	if w.disabled().Instance != in.ID || w.engine.Scheduled() != 0 {
		t.Error("the trial put the instance back on the schedule")
	}
}

func TestABacklogHoldsPollsByHand(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *engine.Config) {
		c.BacklogHigh, c.BacklogLow = deliver.Load{Events: 2, Bytes: 1 << 30}, deliver.Load{Events: 1, Bytes: 1 << 29}
	})
	in := w.seldom()
	w.receiver.set(1 << 30)
	w.contact("a@example.com")
	w.contact("b@example.com")
	w.byHand(in)
	await(t, "a full backlog", func() bool { return w.callback(in).Full })
	_, err := w.engine.PollByHand(context.Background(), w.caller, in.ID, in.Resources[0].Name)
	if !isConflict(err) {
		t.Errorf("err %v, want a conflict that tells of the backlog", err)
	}
}

// TestADryRunStoresNothing: the store is the same, byte by byte, and the next poll tells what the dry run said.
func TestADryRunStoresNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.seldom()
	first := w.contact("a@example.com")
	w.byHand(in)
	w.receiver.wait(t, 1)
	await(t, "the delivery's end", func() bool { return w.callback(in).Waiting == deliver.Load{} })
	w.update(first)
	w.contact("b@example.com")
	before, err := w.engine.Contents(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	var dry engine.DryRun
	for range 2 {
		if dry, err = w.engine.DryRun(context.Background(), w.caller, in.ID, in.Resources[0].Name); err != nil {
			t.Fatal(err)
		}
	}
	if before == "" || dry.Created+dry.Updated != 2 {
		t.Errorf("dry run %s", show(dry))
	}
	after, err := w.engine.Contents(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the dry run changed the store: %s", diff)
	}
	if !strings.Contains(before, "checkpoint/") || !strings.Contains(before, "polls/") {
		t.Error("the store's contents were not read")
	}
	w.byHand(in)
	list, _, err := w.engine.Changes(context.Background(), w.caller, in.ID, engine.ChangesQuery{Size: 10})
	if err != nil {
		t.Fatal(err)
	}
	var told []engine.EventChange
	for _, c := range list[:len(list)-1] { // without the first
		told = append(told, c.EventChange)
	}
	if diff := cmp.Diff(told, dry.Changes); diff != "" || dry.Truncated || len(told) != 2 {
		t.Errorf("the dry run (truncated: %t) differs from what was told (-told +dry):\n%s", dry.Truncated, diff)
	}
}

// TestADryRunKeepsNewTokens: the provider takes a refresh token once, so that what was got for it must be stored.
func TestADryRunKeepsNewTokens(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.seldom()
	w.acton.ExpireTokens()
	dry, err := w.engine.DryRun(context.Background(), w.caller, in.ID, in.Resources[0].Name)
	if err != nil || dry.Failed() {
		t.Fatalf("dry run %s, err %v", show(dry), err)
	}
	w.stop()
	w.start()
	await(t, "an engine that is ready", func() bool { return w.engine.Ready() == nil })
	asked := len(w.acton.Requests.After(0))
	w.byHand(in)
	for _, r := range w.acton.Requests.After(0)[asked:] {
		if strings.Contains(r.Path, "token") {
			t.Errorf("the tokens of the dry run were refreshed again: %s", r.Path)
		}
	}
}
