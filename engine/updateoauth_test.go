package engine_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
	acton "github.com/pollwright/pollwright/plugins/acton/sim"
)

// An instance whose tokens were revoked is stopped. A change with a new code lets it go on from where it was: what came meanwhile is told.
func TestUpdateAuthorizesAgain(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.unlimited()
	in := w.create(w.body("acton", nil))
	w.acton.RevokeTokens()
	await(t, "its polling is stopped", func() bool {
		view, err := w.engine.Instance(t.Context(), w.caller, in.ID)
		return err == nil && view.Stopped != nil && view.Stopped.Kind == "auth"
	})
	made, err := w.acton.CreateContact(acton.Contact{Fields: map[string]string{"First Name": "Bea"}})
	if err != nil {
		t.Fatal(err)
	}
	update := func(body map[string]any) error {
		t.Helper()
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.engine.UpdateInstance(t.Context(), w.caller, in.ID, text, false)
		return err
	}
	var refused *engine.ProviderError
	if err := update(map[string]any{"name": "Lost", "providerData": map[string]any{"code": "wrong"}}); !errors.As(err, &refused) {
		t.Fatalf("a wrong code: %v", err)
	}
	var invalid *instance.InvalidError
	if err := update(map[string]any{"configuration": map[string]any{"oauth.api.key": "another"}}); !errors.As(err, &invalid) || invalid.Problems[0].Path != "providerData.code" {
		t.Fatalf("another client without a code: %v", err)
	}
	if err := update(map[string]any{"configuration": map[string]any{"event.poller.refresh_interval": "0.02"}}); err != nil {
		t.Fatal(err)
	}
	view, err := w.engine.Instance(t.Context(), w.caller, in.ID)
	if err != nil || view.Stopped == nil || view.Name != in.Name {
		t.Fatalf("another change lifts the stop: %+v, %v", view, err)
	}
	code, err := w.acton.IssueCode("owner@example.com", "https://mycoolapp.com")
	if err != nil {
		t.Fatal(err)
	}
	if err := update(map[string]any{"providerData": map[string]any{"code": code}}); err != nil {
		t.Fatal(err)
	}
	if view, err = w.engine.Instance(t.Context(), w.caller, in.ID); err != nil || view.Stopped != nil {
		t.Fatalf("stopped: %+v, %v", view.Stopped, err)
	}
	await(t, "what came meanwhile is told", func() bool { return w.receiver.count(made.ID) == 1 })
}

// Instances that share a credential are authorized again together, and one can leave it or join it by a change.
func TestUpdateOfSharedCredential(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.unlimited()
	one, two := w.create(w.shared("main", true, nil)), w.create(w.shared("main", false, nil))
	patch := func(in *engine.Instance, code bool, change map[string]any) error {
		t.Helper()
		body := map[string]any{"configuration": change}
		if code {
			text, err := w.acton.IssueCode("second@example.com", "https://mycoolapp.com")
			if err != nil {
				t.Fatal(err)
			}
			body["providerData"] = map[string]any{"code": text}
		}
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.engine.UpdateInstance(t.Context(), w.caller, in.ID, text, false)
		return err
	}
	var invalid *instance.InvalidError
	if err := patch(two, false, map[string]any{"oauth.credential": nil}); !errors.As(err, &invalid) {
		t.Fatalf("leaving it without a code: %v", err)
	}
	if err := patch(two, false, map[string]any{"oauth.credential": "none such"}); !errors.As(err, &invalid) {
		t.Fatalf("joining one that there is not: %v", err)
	}
	if err := patch(one, false, map[string]any{"event.notification.batch": "2"}); err != nil {
		t.Fatal(err)
	}
	limits, err := w.engine.Limits(t.Context(), w.caller, one.ID)
	if err != nil || len(limits.Shared) != 2 {
		t.Fatalf("shared by %v, %v", limits.Shared, err)
	}
	c, err := w.acton.CreateContact(acton.Contact{Fields: map[string]string{"First Name": "Ada"}})
	if err != nil {
		t.Fatal(err)
	}
	await(t, "both are told", func() bool { return w.receiver.count(c.ID) == 2 })
}
