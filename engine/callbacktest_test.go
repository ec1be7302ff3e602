package engine_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
	acton "github.com/pollwright/pollwright/plugins/acton/sim"
)

func (w *world) testCallback(in *engine.Instance) engine.CallbackTest {
	w.t.Helper()
	test, err := w.engine.TestCallback(context.Background(), w.caller, in.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return test
}

func TestACallbackIsTested(t *testing.T) {
	t.Parallel()
	w := setup(t)
	r := w.recorder()
	in := w.create(w.body("icontact", map[string]any{
		"event.notification.callback.url": r.url, "event.notification.callback.headers": "X-Key: header-secret",
		"event.notification.basic.username": "ann", "event.notification.basic.password": "pass:word",
	}))
	r.answer = func(rw http.ResponseWriter, req *http.Request) {
		user, password, _ := req.BasicAuth()
		rw.WriteHeader(http.StatusTeapot)
		_, _ = fmt.Fprint(rw, req.Header.Get("X-Key"), " ", req.Header.Get("Authorization"), " ", user, password, " ", strings.Repeat("é", 2000))
	}
	test := w.testCallback(in)
	if test.Delivered || test.Status != http.StatusTeapot || test.Fault != "status" || test.Error != "" || test.Resumed {
		t.Errorf("refused: %s", show(test))
	}
	if n := len(test.Answer); n > 1024 || n < 1000 || !strings.HasPrefix(test.Answer, instance.Mask+" Basic "+instance.Mask+" ann"+instance.Mask+" é") {
		t.Errorf("answer of %d bytes: %.80s", n, test.Answer)
	}
	r.set(func() { r.answer = nil })
	if test = w.testCallback(in); !test.Delivered || test.Status != 200 || test.Fault != "" || test.Answer != "" {
		t.Errorf("taken: %s", show(test))
	}
	first, second := r.posts()[0], r.posts()[1]
	if first.header.Get("webhook-id") == second.header.Get("webhook-id") || second.header.Get("webhook-id") != test.Notification {
		t.Errorf("ids %s and %s, told %s", first.header.Get("webhook-id"), second.header.Get("webhook-id"), test.Notification)
	}
	if second.signedBy(t, in.WebhookSecret) == "" || second.header.Get("Elements-Webhook-Signature") == "" || second.header.Get("X-Key") != "header-secret" {
		t.Errorf("not as a real one: %v", second.header)
	}
	if e := read([]byte(second.body), second.header); len(e) != 1 || e[0].Type != "test" || e[0].EventID == read([]byte(first.body), nil)[0].EventID {
		t.Errorf("events %+v", e)
	}
	w.polledOn(in)
	if letters, _, err := w.engine.DeadLetters(context.Background(), w.caller, in.ID, "", 10); err != nil || len(letters) != 0 || len(r.posts()) != 2 {
		t.Errorf("%d dead letters, %d requests, %v", len(letters), len(r.posts()), err)
	}
}

func TestACallbackThatDoesNotAnswerIsTested(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("icontact", map[string]any{"event.notification.callback.url": "http://127.0.0.1:9/CANARY?k=CANARY"}))
	test := w.testCallback(in)
	if test.Delivered || test.Status != 0 || test.Fault != "connect" || test.Error == "" || strings.Contains(show(test), "CANARY") {
		t.Errorf("no connection: %s", show(test))
	}
	none := w.create(w.body("icontact", map[string]any{"event.notification.callback.url": nil}))
	_, err := w.engine.TestCallback(context.Background(), w.caller, none.ID)
	var wrong *instance.InvalidError
	if !errors.As(err, &wrong) || wrong.Problems[0].Path != "configuration['event.notification.callback.url']" {
		t.Errorf("no callback: %v", err)
	}
	other := engine.Caller{Organization: w.caller.Organization + 1}
	if _, err := w.engine.TestCallback(context.Background(), other, in.ID); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("another organization: %v", err)
	}
}

func TestAPauseByHandHoldsUntilATestSucceeds(t *testing.T) {
	t.Parallel()
	w := setup(t)
	r, hold := w.recorder(), make(chan struct{})
	r.hold = hold
	in := w.create(w.body("icontact", map[string]any{
		"event.notification.callback.url": r.url, "event.notification.batch": 1, "event.notification.order": "strict",
	}))
	pause := func(reason string) {
		t.Helper()
		if err := w.engine.PauseCallback(context.Background(), w.caller, in.ID, reason); err != nil {
			t.Fatal(err)
		}
	}
	callback := func() engine.Callback {
		seen, err := w.engine.Instance(context.Background(), w.caller, in.ID)
		if err != nil {
			t.Fatal(err)
		}
		return seen.Callback
	}
	w.contacts(3)
	r.wait(t, 1) // and it is under way
	pause("")
	first := callback()
	if !first.Paused || first.Reason == "" || first.At.IsZero() {
		t.Errorf("paused: %+v", first)
	}
	r.set(func() { r.hold = nil })
	close(hold)
	pause(" a release ")
	pause("")
	pause("a release")
	if again := callback(); again.Reason != "a release" || !again.At.Equal(first.At) {
		t.Errorf("paused again: %+v, before %+v", again, first)
	}
	w.polledOn(in)
	w.stop()
	w.start()
	w.contacts(1)
	w.polledOn(in)
	if n := len(r.posts()); n != 1 || !callback().Paused {
		t.Errorf("%d requests, want the one that was under way; %+v", n, callback())
	}
	r.set(func() {
		r.answer = func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusInternalServerError) }
	})
	if test := w.testCallback(in); test.Delivered || test.Resumed || !callback().Paused {
		t.Errorf("a test that failed: %s, %+v", show(test), callback())
	}
	r.set(func() { r.answer = nil })
	if test := w.testCallback(in); !test.Delivered || !test.Resumed || callback().Paused {
		t.Errorf("a test that succeeded: %s, %+v", show(test), callback())
	}
	r.wait(t, 1+2+3)
	for _, reason := range []string{strings.Repeat("r", 501), "a\nb"} {
		var wrong *instance.InvalidError
		if err := w.engine.PauseCallback(context.Background(), w.caller, in.ID, reason); !errors.As(err, &wrong) || wrong.Problems[0].Path != "reason" {
			t.Errorf("reason %.5q: %v", reason, err)
		}
	}
	if err := w.engine.PauseCallback(context.Background(), engine.Caller{}, in.ID, ""); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("another organization: %v", err)
	}
}

func TestOldAndNewSecretSignDuringAnOverlap(t *testing.T) {
	t.Parallel()
	w := setup(t)
	r := w.recorder()
	in := w.create(w.body("acton", map[string]any{"event.notification.callback.url": r.url}))
	rotate := func(overlap string) string {
		t.Helper()
		w.acton.ExpireTokens() // tokens are refreshed beside the rotation
		made, err := w.engine.RotateWebhookSecret(context.Background(), w.caller, in.ID, overlap)
		if err != nil || made.WebhookSecret == "" || made.Until.IsZero() != (overlap == "0s") {
			t.Fatalf("rotated: %s, %v", made.WebhookSecret, err)
		}
		return made.WebhookSecret
	}
	first := in.WebhookSecret
	second := rotate("")
	third := rotate("1h")
	fourth := rotate("720h")
	all := []string{first, second, third, fourth}
	if _, err := w.acton.CreateContact(acton.Contact{Fields: map[string]string{"First Name": "Ada"}}); err != nil {
		t.Fatal(err)
	}
	if p := r.wait(t, 1)[0]; p.signatures() != 3 || p.signedBy(t, all...) != strings.Join(all[1:], " ") {
		t.Errorf("%d signatures, by %s", p.signatures(), p.signedBy(t, all...))
	}
	w.stop()
	w.start()
	w.testCallback(in)
	if p := r.posts()[1]; p.signatures() != 3 || p.signedBy(t, all...) != strings.Join(all[1:], " ") {
		t.Errorf("after a restart: %d signatures, by %s", p.signatures(), p.signedBy(t, all...))
	}
	last := rotate("0s")
	w.testCallback(in)
	if p := r.posts()[2]; p.signatures() != 1 || p.signedBy(t, append(all, last)...) != last {
		t.Errorf("alone: %d signatures, by %s", p.signatures(), p.signedBy(t, append(all, last)...))
	}
	if _, err := w.engine.RotateWebhookSecret(context.Background(), w.caller, in.ID, "soon"); err == nil {
		t.Error("an overlap of soon was accepted")
	}
	if _, err := w.engine.RotateWebhookSecret(context.Background(), engine.Caller{}, in.ID, ""); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("another organization: %v", err)
	}
	for _, secret := range append(all, last) {
		if strings.Contains(w.logs.text(), secret) {
			t.Error("the log holds a secret")
		}
	}
}

func TestAnInstanceOfBeforeGetsItsFirstSecretByRotation(t *testing.T) {
	t.Parallel()
	w := setup(t)
	r := w.recorder()
	in := w.create(w.body("icontact", map[string]any{"event.notification.callback.url": r.url}))
	if err := w.engine.DropWebhookSecret(in.ID); err != nil {
		t.Fatal(err)
	}
	w.testCallback(in)
	made, err := w.engine.RotateWebhookSecret(context.Background(), w.caller, in.ID, "")
	if err != nil || !made.Until.IsZero() {
		t.Errorf("rotated until %v, %v", made.Until, err)
	}
	w.testCallback(in)
	if before, after := r.posts()[0], r.posts()[1]; before.signatures() != 0 || after.signedBy(t, made.WebhookSecret) == "" || after.signatures() != 1 {
		t.Errorf("%d signatures, then %d", before.signatures(), after.signatures())
	}
}
