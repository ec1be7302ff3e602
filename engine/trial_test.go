package engine_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

func TestATrialReadsAndLeavesNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	ctx := context.Background()
	for _, email := range []string{"a@example.com", "b@example.com", "c@example.com", "d@example.com", "e@example.com", "f@example.com"} {
		w.icontact.CreateContact(icontact.Contact{Email: email})
	}
	trials, err := w.engine.TryInstance(ctx, w.caller, "icontact", w.body("icontact", nil))
	if err != nil || len(trials) != 2 {
		t.Fatalf("%v, %s", err, show(trials))
	}
	first := trials[0]
	if first.Resource != "contacts" || first.Failed() || first.Told || len(first.Found) != 5 || !first.Truncated {
		t.Errorf("got %s", show(first))
	}
	if record := string(first.Found[0].Record); !strings.Contains(record, "a@example.com") || first.Found[0].Type != "CREATED" {
		t.Errorf("the first record is %s %s", first.Found[0].Type, record)
	}
	trials, err = w.engine.TryInstance(ctx, w.caller, "icontact", w.body("icontact", map[string]any{"api.password": "wrong", "event.poller.start": "beginning"}))
	if err != nil || len(trials) != 2 || !trials[0].Failed() || trials[0].Error.Kind != "auth" || !trials[0].Told {
		t.Errorf("with a wrong password: %v, %s", err, show(trials))
	}
	var invalid *instance.InvalidError
	if _, err := w.engine.TryInstance(ctx, w.caller, "icontact", w.body("icontact", map[string]any{"AppID": nil})); !errors.As(err, &invalid) {
		t.Errorf("without an application: %v", err)
	}
	if _, err := w.engine.TryInstance(ctx, w.caller, "acton", w.body("acton", nil)); !errors.As(err, new(*engine.ConflictError)) {
		t.Errorf("where a user consents: %v", err)
	}
	if list, _, err := w.engine.Instances(ctx, w.caller, engine.InstancesQuery{Size: 10}); err != nil || len(list) != 0 {
		t.Errorf("instances: %s, %v", show(list), err)
	}
	if n := w.engine.Trials(ctx); n != 0 || w.engine.Scheduled() != 0 {
		t.Errorf("%d credentials and %d scheduled resources are left", n, w.engine.Scheduled())
	}
}

func TestABodyIsCheckedWithoutItsCode(t *testing.T) {
	t.Parallel()
	w := setup(t)
	body := w.body("acton", map[string]any{"event.notification.callback.url": nil})
	body = []byte(strings.Replace(string(body), `"providerData"`, `"ignored"`, 1))
	warnings, err := w.engine.CheckInstance("acton", body)
	if err != nil || !strings.Contains(show(warnings), "without a place to send events to") {
		t.Errorf("%v, %s", err, show(warnings))
	}
	var invalid *instance.InvalidError
	if _, err := w.engine.CheckInstance("icontact", w.body("icontact", map[string]any{"AppID": nil, "event.poller.refresh_interval": "often"})); !errors.As(err, &invalid) || len(invalid.Problems) != 2 {
		t.Errorf("two faults: %v", err)
	}
	if _, err := w.engine.CheckInstance("nobody", nil); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("no element: %v", err)
	}
}

func TestPreviews(t *testing.T) {
	t.Parallel()
	w := setup(t)
	p, err := w.engine.PreviewDate("2026-06-09 16:47:01 (EDT)", "yyyy-MM-dd HH:mm:ss", "America/New_York")
	if err != nil || !p.Time.Equal(time.Date(2026, 6, 9, 20, 47, 1, 0, time.UTC)) || p.Left != " (EDT)" || p.Unit != time.Second {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err = w.engine.PreviewDate("", "milliseconds", ""); err != nil || time.Since(p.Time) > time.Minute {
		t.Errorf("the present: %+v, %v", p, err)
	}
	for path, c := range map[string][3]string{"format": {"", "yyyy-bb", ""}, "zone": {"", "yyyy", "Mars"}, "text": {"June", "yyyy-MM", ""}} {
		var invalid *instance.InvalidError
		if _, err := w.engine.PreviewDate(c[0], c[1], c[2]); !errors.As(err, &invalid) || invalid.Problems[0].Path != path {
			t.Errorf("%s: %v", path, err)
		}
	}
	since := time.Date(2026, 6, 9, 20, 47, 1, 0, time.UTC)
	u, err := w.engine.PreviewURL("acton", "/hubs/marketing/lists/{listId}/contacts?where=modafter='${epoch}'", map[string]string{"listId": "l-0001"}, since)
	if err != nil || u.Resource != "contacts" || !strings.Contains(u.URL, "/lists/l-0001/contacts") || !strings.Contains(u.URL, "1781038021") {
		t.Errorf("%+v, %v", u, err)
	}
	for _, bad := range []string{"/hubs/marketing/nothing", "/hubs/marketing/lists/{listId}/contacts?where=modafter='${epoch"} {
		if _, err := w.engine.PreviewURL("acton", bad, nil, since); !errors.As(err, new(*instance.InvalidError)) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestNextPolls(t *testing.T) {
	t.Parallel()
	w := setup(t)
	ctx := context.Background()
	in := w.seldom()
	next, err := w.engine.NextPolls(ctx, w.caller, in.ID)
	if at := next["contacts"]; err != nil || len(next) != 1 || !at.After(time.Now()) || at.After(time.Now().Add(1001*time.Minute)) {
		t.Errorf("%v, %v", next, err)
	}
	if _, err := w.engine.Disable(ctx, w.caller, in.ID); err != nil {
		t.Fatal(err)
	}
	if next, err = w.engine.NextPolls(ctx, w.caller, in.ID); err != nil || len(next) != 0 {
		t.Errorf("disabled: %v, %v", next, err)
	}
	if _, err := w.engine.NextPolls(ctx, engine.Caller{Organization: 1}, in.ID); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("another's: %v", err)
	}
}

func TestACallbackIsTriedWithoutAnInstance(t *testing.T) {
	t.Parallel()
	w := setup(t)
	ctx := context.Background()
	test, err := w.engine.TryCallback(ctx, w.caller, "acton", w.body("acton", map[string]any{"event.notification.enabled": false}))
	if err != nil || !test.Delivered || test.Status != http.StatusOK {
		t.Fatalf("%v, %s", err, show(test))
	}
	got := w.receiver.wait(t, 1)
	if got[0].Header.Get("Elements-Webhook-Signature") == "" || got[0].Header.Get("Webhook-Signature") == "" {
		t.Errorf("it is not signed: %v", got[0].Header)
	}
	if _, err := w.engine.TryCallback(ctx, w.caller, "icontact", w.body("icontact", map[string]any{"event.notification.callback.url": nil})); !errors.As(err, new(*instance.InvalidError)) {
		t.Errorf("without a callback: %v", err)
	}
	if n := w.engine.Trials(ctx); n != 0 {
		t.Errorf("%d credentials are left", n)
	}
}
