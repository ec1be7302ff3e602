package engine_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/engine"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

func TestAGoneCallbackIsPausedUntilItIsResumed(t *testing.T) {
	t.Parallel()
	w := setup(t)
	gone := w.serve(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusGone) }))
	in := w.create(w.body("icontact", map[string]any{"event.notification.callback.url": gone + "/events"}))
	w.icontact.CreateContact(icontact.Contact{Email: "ada@example.com"})
	paused := func() bool {
		seen, err := w.engine.Instance(context.Background(), w.caller, in.ID)
		return err == nil && seen.Callback.Paused && seen.Callback.Reason != ""
	}
	await(t, "a paused callback", paused)
	w.stop()
	w.start()
	if !paused() {
		t.Error("a restart forgot that the callback is paused")
	}
	if err := w.engine.ResumeCallback(context.Background(), w.caller, in.ID); err != nil {
		t.Fatal(err)
	}
	await(t, "another try, refused again", paused)
}

func TestTheWebhookSecretIsShownOnceAndSigns(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("icontact", nil))
	if len(in.WebhookSecret) < 30 || in.WebhookSecret[:6] != "whsec_" {
		t.Errorf("secret %q", in.WebhookSecret)
	}
	if again, err := w.engine.Instance(context.Background(), w.caller, in.ID); err != nil || again.WebhookSecret != "" {
		t.Errorf("shown again: %v", err)
	}
	w.icontact.CreateContact(icontact.Contact{Email: "ada@example.com"})
	e := w.receiver.wait(t, 1)[0]
	if !verified(in.WebhookSecret, e) {
		t.Errorf("signature %q does not verify", e.Header.Get("webhook-signature"))
	}
}

func TestARefusedNotificationIsNotFoundAmongOthersLetters(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("icontact", nil))
	letters, next, err := w.engine.DeadLetters(context.Background(), w.caller, in.ID, "", 10)
	if err != nil || len(letters) != 0 || next != "" {
		t.Errorf("letters %v, next %q, err %v", letters, next, err)
	}
	if err := w.engine.Redeliver(context.Background(), w.caller, in.ID, "ZGVhZGxldHRlci8xLw"); err == nil {
		t.Error("another instance's letter was found")
	}
	other := engine.Caller{Organization: w.caller.Organization + 1}
	if _, _, err := w.engine.DeadLetters(context.Background(), other, in.ID, "", 10); err == nil {
		t.Error("another organization may look")
	}
}

// verified recomputes the signature of Standard Webhooks: base64 of HMAC-SHA256 over id, timestamp and body, keyed with the decoded secret.
func verified(secret string, e event) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(e.Header.Get("webhook-id") + "." + e.Header.Get("webhook-timestamp") + "." + string(e.Body)))
	return e.Header.Get("webhook-signature") == "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
