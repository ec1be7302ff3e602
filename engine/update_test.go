package engine_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// patch merges a change of the configuration over an instance.
func (w *world) patch(id int64, change map[string]any) *engine.Instance {
	w.t.Helper()
	in, err := w.engine.UpdateInstance(w.t.Context(), w.caller, id, configured(w.t, change), false)
	if err != nil {
		w.t.Fatal(err)
	}
	return in
}

func configured(t *testing.T, change map[string]any) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{"configuration": change})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// count is how many events of an object came.
func (r *receiver) count(id string) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events {
		if e.ID == id {
			n++
		}
	}
	return n
}

func TestUpdateMerges(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("icontact", map[string]any{"event.notification.callback.headers": map[string]any{"X-Key": "k1"}}))
	was := in.View()
	update := func(body string, full bool) *engine.Instance {
		t.Helper()
		out, err := w.engine.UpdateInstance(t.Context(), w.caller, in.ID, []byte(body), full)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	out := update(`{"name":"New <b>name</b>","tags":["x"],"configuration":{"event.poller.refresh_interval":"5","api.password":"********","nonsense":"1"}}`, false)
	if out.Name != "New name" || fmt.Sprint(out.Tags) != "[x]" || out.Events.Interval != 5*time.Minute || out.ID != in.ID || out.Token != in.Token || !out.Created.Equal(in.Created) {
		t.Errorf("changed to %+v", out.Instance)
	}
	if len(out.Warnings) != 2 || !strings.Contains(fmt.Sprint(out.Warnings), "nonsense") {
		t.Errorf("warnings %v, want those of the name and of what is not known", out.Warnings)
	}
	is := out.View()
	for key, value := range was {
		if key != "event.poller.refresh_interval" && is[key] != value {
			t.Errorf("%s was %q, is %q", key, value, is[key])
		}
	}
	if out = update(`{"tags":[],"configuration":{"event.notification.signature.key":null}}`, false); len(out.Tags) != 0 || out.HasSecret("event.notification.signature.key") {
		t.Errorf("tags %v, masked %v", out.Tags, out.Masked)
	}
	// All of it again, as a client that was shown it would send it.
	is = out.View()
	is["event.poller.refresh_interval"] = "7"
	delete(is, "event.notification.callback.headers")
	full, err := json.Marshal(map[string]any{"name": "Full", "configuration": is})
	if err != nil {
		t.Fatal(err)
	}
	out = update(string(full), true)
	if out.Events.Interval != 7*time.Minute || fmt.Sprint(out.Tags) != "[Full]" || !out.HasSecret("api.password") || out.HasSecret("event.notification.callback.headers") {
		t.Errorf("after PUT: %+v", out.Instance)
	}
	for _, bad := range []string{
		`{"element":{"key":"acton"}}`, `{"configuration":{"api.password":null}}`, `{"configuration":{"event.poller.refresh_interval":"soon"}}`, `{"name":7,"tags":{"a":1}`, `[]`,
	} {
		if _, err := w.engine.UpdateInstance(t.Context(), w.caller, in.ID, []byte(bad), false); !errors.As(err, new(*instance.InvalidError)) && !errors.As(err, new(*instance.SyntaxError)) {
			t.Errorf("%s: %v, want a fault of the body", bad, err)
		}
	}
	if again, err := w.engine.Instance(t.Context(), w.caller, in.ID); err != nil || again.Name != "Full" {
		t.Errorf("after refusals: %v, %v", again, err)
	}
	stranger := engine.Caller{Organization: w.caller.Organization + 1}
	if _, err := w.engine.UpdateInstance(t.Context(), stranger, in.ID, []byte(`{}`), false); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("a stranger: %v", err)
	}
}

// Concurrent changes of different keys are all kept, while polls store their checkpoints.
func TestUpdatesDoNotLoseEachOther(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("icontact", nil))
	var all sync.WaitGroup
	for key, value := range map[string]string{"event.notification.batch": "3", "event.notification.lanes": "2", "event.poller.overlap": "300", "event.notification.rate": "50"} {
		all.Go(func() { w.patch(in.ID, map[string]any{key: value}) })
	}
	all.Wait()
	out, err := w.engine.Instance(t.Context(), w.caller, in.ID)
	if err != nil {
		t.Fatal(err)
	}
	if e := out.Events; e.Batch != 3 || e.Lanes != 2 || e.Rate != 50 || out.Resources[0].Overlap != 5*time.Minute {
		t.Errorf("kept %+v, overlap %v, %v", e, out.Resources[0].Overlap, out.View())
	}
}

// A resource goes on where it is when what its checkpoint means is the same, and begins anew when it is not.
func TestUpdateKeepsCheckpoints(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("icontact", nil))
	told := func(id string) {
		t.Helper()
		await(t, "the contact "+id+" is told", func() bool { return w.receiver.count(id) == 1 })
	}
	told(w.icontact.CreateContact(icontact.Contact{Email: "a@example.com"}).ID)
	kept := w.patch(in.ID, map[string]any{"event.poller.overlap": "3600", "event.poller.refresh_interval": "0.02", "event.notification.batch": 1})
	if len(kept.Warnings) != 0 {
		t.Errorf("warnings %v", kept.Warnings)
	}
	told(w.icontact.CreateContact(icontact.Contact{Email: "b@example.com"}).ID)

	anew := w.patch(in.ID, map[string]any{"event.poller.configuration": map[string]any{"contacts": map[string]any{
		"url": "/hubs/general/contacts", "idField": "contactId", "detect": "hash", "detectDeletes": true}}})
	if last := anew.Warnings[len(anew.Warnings)-1]; !strings.Contains(last.Message, "begins anew") || !strings.HasSuffix(last.Path, ".contacts") {
		t.Fatalf("warnings %v, want that contacts begins anew", anew.Warnings)
	}
	await(t, "the baseline", func() bool {
		rows, err := w.engine.PollerRecords(t.Context(), w.caller, in.ID)
		return err == nil && len(rows) == 1 && rows[0].Detect == "hash" && rows[0].Baselined
	})
	c := w.icontact.CreateContact(icontact.Contact{Email: "c@example.com"}).ID
	told(c)
	if _, err := w.icontact.DeleteContact(c); err != nil {
		t.Fatal(err)
	}
	await(t, "the deletion is told", func() bool { return w.receiver.count(c) == 2 })
	await(t, "the former checkpoint is gone", func() bool {
		out, err := w.engine.Instance(t.Context(), w.caller, in.ID)
		return err == nil && len(out.Dropped) == 0
	})
	// Removed, and there again: another watch, with nothing of the one before.
	w.patch(in.ID, map[string]any{"event.poller.configuration": map[string]any{"messages": map[string]any{"url": "/hubs/general/messages", "idField": "messageId", "detect": "hash"}}})
	if rows, err := w.engine.PollerRecords(t.Context(), w.caller, in.ID); err != nil || len(rows) != 1 || rows[0].Resource != "messages" {
		t.Errorf("rows %v, %v", rows, err)
	}
	w.stop()
	w.start()
	w.patch(in.ID, map[string]any{"event.poller.configuration": map[string]any{"contacts": map[string]any{"url": "/hubs/general/contacts", "idField": "contactId", "detect": "hash"}}})
	await(t, "a new baseline", func() bool {
		rows, err := w.engine.PollerRecords(t.Context(), w.caller, in.ID)
		return err == nil && len(rows) == 1 && rows[0].Baselined
	})
	if n := w.receiver.count(c); n != 2 {
		t.Errorf("%s is told %d times", c, n)
	}
}

// What waits goes to the new address, also after the old one was paused for its failures.
func TestUpdateOfCallback(t *testing.T) {
	t.Parallel()
	w := setup(t)
	refuse := w.serve(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusGone) })) // pauses at once
	in := w.create(w.body("icontact", map[string]any{"event.notification.callback.url": refuse}))
	id := w.icontact.CreateContact(icontact.Contact{Email: "a@example.com"}).ID
	await(t, "the callback is paused", func() bool {
		out, err := w.engine.Instance(t.Context(), w.caller, in.ID)
		return err == nil && out.Callback.Paused
	})
	w.patch(in.ID, map[string]any{"event.notification.callback.url": w.receiver.url})
	await(t, "what waited is told to the new callback", func() bool { return w.receiver.count(id) == 1 })
}

// Disabled: no more polls; what waits is delivered. Enabled: what changed meanwhile is told.
func TestDisable(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("icontact", nil))
	disabled, err := w.engine.Disable(t.Context(), w.caller, in.ID)
	if err != nil || !disabled.Disabled {
		t.Fatalf("%v, %v", disabled, err)
	}
	if n := w.engine.Scheduled(); n != 0 {
		t.Errorf("%d resources on the schedule", n)
	}
	w.patch(in.ID, map[string]any{"event.poller.refresh_interval": "0.02"}) // stays disabled
	w.stop()
	w.start()
	if n := w.engine.Scheduled(); n != 0 {
		t.Errorf("%d resources on the schedule after a restart", n)
	}
	id := w.icontact.CreateContact(icontact.Contact{Email: "a@example.com"}).ID
	if err := w.engine.Enable(t.Context(), w.caller, in.ID); err != nil {
		t.Fatal(err)
	}
	await(t, "what was made meanwhile is told", func() bool { return w.receiver.count(id) == 1 })
}
