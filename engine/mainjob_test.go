package engine_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
	acton "github.com/pollwright/pollwright/plugins/acton/sim"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
	"github.com/pollwright/pollwright/plugins/simkit"
)

func TestRecordsOfBothProvidersArriveAsSignedEvents(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.icontact.CreateContact(icontact.Contact{Email: "before@example.com"})
	before, err := w.acton.CreateContact(acton.Contact{Fields: map[string]string{"E-mail Address": "before@example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	w.create(w.body("icontact", nil))
	w.create(w.body("acton", nil))

	contact := w.icontact.CreateContact(icontact.Contact{Email: "ada@example.com", FirstName: "Ada"})
	message := w.icontact.CreateMessage(icontact.Message{Subject: "June <news> & more"})
	row, err := w.acton.CreateContact(acton.Contact{Fields: map[string]string{"First Name": "Ben"}})
	if err != nil {
		t.Fatal(err)
	}
	w.receiver.wait(t, 3)
	if _, err := w.acton.UpdateContact(row.ID, acton.Contact{Fields: map[string]string{"First Name": "Bea"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.acton.UpdateContact(before.ID, acton.Contact{Fields: map[string]string{"First Name": "Cai"}}); err != nil {
		t.Fatal(err)
	}
	events := w.receiver.wait(t, 5)
	want := map[string]bool{
		"CREATED contacts " + contact.ID: true, "CREATED messages " + message.ID: true, "CREATED contacts " + row.ID: true,
		"UPDATED contacts " + row.ID: true, "UPDATED contacts " + before.ID: true,
	}
	for _, e := range events {
		if name := e.Kind + " " + e.Type + " " + e.ID; !want[name] {
			t.Errorf("unexpected: %s", name)
		} else {
			delete(want, name)
		}
		checkSignature(t, e)
		if e.ID == contact.ID && e.Record["firstName"] != "Ada" || e.ID == message.ID && e.Record["subject"] != "June <news> & more" {
			t.Errorf("record of %s: %v", e.ID, e.Record)
		}
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}

// checkSignature recomputes the documented signature from the raw body.
func checkSignature(t *testing.T, e event) {
	t.Helper()
	mac := hmac.New(sha256.New, []byte("abcd1234efgh5678"))
	mac.Write(e.Body)
	if got, want := e.Header.Get("Elements-Webhook-Signature"), "sha256="+base64.StdEncoding.EncodeToString(mac.Sum(nil)); got != want {
		t.Errorf("signature %q, want %q", got, want)
	}
	if e.Header.Get("webhook-id") != e.Notification || e.Header.Get("Elements-Webhook-Id") == "" {
		t.Errorf("headers %v, want webhook-id %s", e.Header, e.Notification)
	}
}

func TestThreePages(t *testing.T) {
	t.Parallel()
	w := setup(t)
	if err := w.icontact.SetOptions(func(o *icontact.Options) { o.LimitCap = 4 }); err != nil {
		t.Fatal(err)
	}
	in := w.create(w.body("icontact", nil))
	ids := map[string]bool{}
	for i := range 9 {
		ids[w.icontact.CreateContact(icontact.Contact{Email: fmt.Sprintf("p%d@example.com", i)}).ID] = true
	}
	for _, e := range w.receiver.wait(t, 9) {
		if !ids[e.ID] || e.Kind != "CREATED" {
			t.Errorf("unexpected %s %s", e.Kind, e.ID)
		}
		delete(ids, e.ID)
	}
	w.outcome(in, "three pages", func(o engine.Outcome) bool { return o.Resource == "contacts" && o.Pages >= 3 && !o.Unstable })
}

func TestExpiredTokenIsRefreshedAndTheStepRepeated(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("acton", nil))
	for round := range 3 {
		w.acton.ExpireTokens()
		row, err := w.acton.CreateContact(acton.Contact{Fields: map[string]string{"First Name": fmt.Sprint(round)}})
		if err != nil {
			t.Fatal(err)
		}
		events := w.receiver.wait(t, round+1)
		if got := events[round]; got.ID != row.ID {
			t.Fatalf("event of %s, want %s", got.ID, row.ID)
		}
	}
	outcomes, err := w.engine.Polls(context.Background(), w.caller, in.ID, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outcomes {
		if o.Error != nil {
			t.Errorf("a poll failed although the token could be refreshed: %s", show(o))
		}
	}
}

func TestRevokedTokenSaysSo(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("acton", nil))
	w.acton.RevokeTokens()
	o := w.outcome(in, "an auth fault", func(o engine.Outcome) bool { return o.Error != nil && o.Error.Kind == "auth" })
	if !strings.Contains(o.Error.Message, "Unknown or invalid refresh token") {
		t.Errorf("error %q lacks the provider's words", o.Error.Message)
	}
}

func TestProviderTroubleLosesNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("icontact", nil))
	faults := []simkit.Fault{
		{Prefix: "/icp", Status: http.StatusServiceUnavailable, Times: 2},
		{Prefix: "/icp", Garbage: "html", Times: 1},
		{Prefix: "/icp", Cut: "middle", Times: 1},
	}
	if err := w.icontact.Faults.Add(faults...); err != nil {
		t.Fatal(err)
	}
	contact := w.icontact.CreateContact(icontact.Contact{Email: "ada@example.com"})
	if events := w.receiver.wait(t, 1); events[0].ID != contact.ID {
		t.Errorf("event of %s, want %s", events[0].ID, contact.ID)
	}
	w.outcome(in, "the 503", func(o engine.Outcome) bool { return o.Error != nil && strings.Contains(o.Error.Message, "503") })
}

func TestIgnoredFilterIsSurfaced(t *testing.T) {
	t.Parallel()
	w := setup(t)
	old := w.icontact.CreateContact(icontact.Contact{Email: "old@example.com", Created: time.Now().Add(-48 * time.Hour)})
	if err := w.icontact.SetOptions(func(o *icontact.Options) { o.IgnoreTerms = []string{"createDate", "createDateSearchType"} }); err != nil {
		t.Fatal(err)
	}
	in := w.create(w.body("icontact", nil))
	fresh := w.icontact.CreateContact(icontact.Contact{Email: "new@example.com"})
	for _, e := range w.receiver.wait(t, 1) {
		if e.ID != fresh.ID || e.ID == old.ID {
			t.Errorf("told %s, want %s alone", e.ID, fresh.ID)
		}
	}
	w.outcome(in, "the provider's warning", func(o engine.Outcome) bool {
		return len(o.Warnings) > 0 && strings.Contains(o.Warnings[0], "createDate") && o.Before > 0
	})
}

func TestWrongPasswordSaysSo(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("icontact", map[string]any{"api.password": "wrong-canary-password"}))
	o := w.outcome(in, "an auth fault", func(o engine.Outcome) bool { return o.Error != nil })
	if o.Error.Kind != "auth" || !strings.Contains(o.Error.Message, "The password you provided was not recognized") {
		t.Errorf("outcome %s", show(o.Error))
	}
}

func TestWrongAuthorizationCode(t *testing.T) {
	t.Parallel()
	w := setup(t)
	body := strings.Replace(string(w.body("acton", nil)), `"code":"`, `"code":"wrong-`, 1)
	_, err := w.engine.CreateInstance(context.Background(), w.caller, []byte(body))
	var refused *engine.ProviderError
	if !errors.As(err, &refused) || refused.Message == "" {
		t.Fatalf("error %v, want the provider's words", err)
	}
}

func TestRestartGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("icontact", nil))
	first := w.icontact.CreateContact(icontact.Contact{Email: "first@example.com"})
	w.receiver.wait(t, 1)
	w.stop()
	while := w.icontact.CreateContact(icontact.Contact{Email: "while@example.com"})
	w.start()
	events := w.receiver.wait(t, 2)
	if events[0].ID != first.ID || events[1].ID != while.ID {
		t.Errorf("events %s", kinds(events))
	}
	again, err := w.engine.Instance(context.Background(), w.caller, in.ID)
	if err != nil || again.Token != in.Token {
		t.Errorf("instance after the restart: %v, token kept: %t", err, again != nil && again.Token == in.Token)
	}
}

func TestReceiverInTroubleGetsEverythingLater(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(w.body("icontact", nil))
	w.receiver.mu.Lock()
	w.receiver.refuse = 2
	w.receiver.mu.Unlock()
	contact := w.icontact.CreateContact(icontact.Contact{Email: "ada@example.com"})
	if events := w.receiver.wait(t, 1); events[0].ID != contact.ID {
		t.Errorf("events %s", kinds(events))
	}
}

func TestDeletedInstanceIsPolledNoMore(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("icontact", nil))
	if err := w.engine.DeleteInstance(context.Background(), w.caller, in.ID); err != nil {
		t.Fatal(err)
	}
	asked := len(w.icontact.Requests.After(0))
	if _, err := w.engine.Instance(context.Background(), w.caller, in.ID); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("error %v, want not found", err)
	}
	other := w.create(w.body("acton", nil))
	w.outcome(other, "a later poll", func(o engine.Outcome) bool { return o.Idle() })
	if now := len(w.icontact.Requests.After(0)); now != asked {
		t.Errorf("%d requests after the instance was deleted", now-asked)
	}
}

func TestAnotherOrganizationSeesNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("icontact", nil))
	other := engine.Caller{Organization: w.caller.Organization + 1, User: w.caller.User}
	if _, err := w.engine.Instance(context.Background(), other, in.ID); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("error %v, want not found", err)
	}
	if err := w.engine.DeleteInstance(context.Background(), other, in.ID); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("error %v, want not found", err)
	}
	if list, _, err := w.engine.Instances(context.Background(), other, engine.InstancesQuery{Size: 10}); err != nil || len(list) != 0 {
		t.Errorf("list %v, error %v", list, err)
	}
	if _, err := w.engine.Authenticate(context.Background(), engine.Secrets{Organization: "org-secret", User: "nobody"}); !errors.Is(err, engine.ErrUnauthorized) {
		t.Errorf("error %v, want unauthorized", err)
	}
}
