package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
)

// all reads the audit log page by page.
func (w *world) all(caller engine.Caller, q engine.AuditQuery) (list []engine.AuditEntry) {
	w.t.Helper()
	for q.Size = 2; ; {
		page, next, err := w.engine.Audit(context.Background(), caller, q)
		if err != nil {
			w.t.Fatal(err)
		}
		if list = append(list, page...); next == "" {
			return list
		}
		q.Page = next
	}
}

func actions(list []engine.AuditEntry) string {
	var names []string
	for _, a := range list {
		names = append(names, a.Action)
	}
	slices.Reverse(names)
	return strings.Join(names, " ")
}

func TestChangesAreInTheAuditLog(t *testing.T) {
	t.Parallel()
	w := setup(t)
	ctx := context.Background()
	w.caller.From, w.caller.Request = "192.0.2.7", "405acf2e8957e3788b75e6ef"
	in := w.create(w.body("icontact", nil))
	made, err := w.engine.RotateWebhookSecret(ctx, w.caller, in.ID, "")
	for _, err := range []error{
		err,
		w.engine.PauseCallback(ctx, w.caller, in.ID, "release"),
		w.engine.ResumeCallback(ctx, w.caller, in.ID),
		w.engine.Enable(ctx, w.caller, in.ID),
		w.engine.DeleteInstance(ctx, w.caller, in.ID),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.engine.PauseCallback(ctx, w.caller, in.ID, "gone"); !errors.Is(err, engine.ErrNotFound) { // not made, not entered
		t.Fatal(err)
	}
	w.stop()
	w.start()
	const want = "instance.create webhook.secret.rotate callback.pause callback.resume instance.enable instance.delete"
	list := w.all(w.caller, engine.AuditQuery{})
	if got := actions(list); got != want {
		t.Errorf("entries %s, want %s", got, want)
	}
	for _, a := range list {
		if a.User != w.caller.User || a.Organization != w.caller.Organization || a.From != "192.0.2.7" || a.Request != "405acf2e8957e3788b75e6ef" ||
			a.Subject != fmt.Sprintf("instances/%d", in.ID) || a.Time.IsZero() {
			t.Errorf("entry %+v", a)
		}
	}
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"sim-password", made.WebhookSecret, in.WebhookSecret, in.Token, "abcd1234efgh5678"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	for name, c := range map[string]struct {
		query engine.AuditQuery
		want  string
	}{
		"action":          {engine.AuditQuery{Action: "callback.pause"}, "callback.pause"},
		"kind of action":  {engine.AuditQuery{Action: "callback"}, "callback.pause callback.resume"},
		"no such action":  {engine.AuditQuery{Action: "call"}, ""},
		"subject":         {engine.AuditQuery{Subject: "instances"}, want},
		"another subject": {engine.AuditQuery{Subject: fmt.Sprintf("instances/%d", in.ID/10)}, ""},
		"user":            {engine.AuditQuery{User: fmt.Sprint(w.caller.User)}, want},
		"the engine":      {engine.AuditQuery{User: "0"}, ""},
		"before":          {engine.AuditQuery{To: "2020-01-01"}, ""},
		"since":           {engine.AuditQuery{From: "2020-01-01"}, want},
	} {
		if got := actions(w.all(w.caller, c.query)); got != c.want {
			t.Errorf("%s: entries %q, want %q", name, got, c.want)
		}
	}
	if others := w.all(engine.Caller{Organization: w.caller.Organization + 1, User: w.caller.User}, engine.AuditQuery{}); len(others) > 0 {
		t.Errorf("another organization sees %v", others)
	}
	var invalid *instance.InvalidError
	_, _, err = w.engine.Audit(ctx, w.caller, engine.AuditQuery{User: "me", From: "today", Page: "x", Size: 1})
	if !errors.As(err, &invalid) || len(invalid.Problems) != 3 {
		t.Errorf("a wrong query: %v, want three faults", err)
	}
}

// What the engine does of itself is in the log, too, without a user.
func TestStoppedPollingIsInTheAuditLog(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *engine.Config) { c.AuthFailures = 1 })
	in := w.create(w.body("icontact", map[string]any{"api.password": "wrong"}))
	w.outcome(in, "a failure", func(o engine.Outcome) bool { return o.Failed() })
	list := w.all(w.caller, engine.AuditQuery{Action: "instance.stop"})
	if len(list) == 0 || list[0].User != 0 || list[0].From != "engine" || !strings.Contains(list[0].Detail, "auth") {
		t.Errorf("entries %+v", list)
	}
}
