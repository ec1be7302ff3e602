package engine

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/pollwright/pollwright/engine/credential"
	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/instance"
)

// maxAnswer is how much of a callback's answer is shown.
const maxAnswer = 1 << 10

// CallbackTest is what became of a sample notification.
type CallbackTest struct {
	Delivered    bool   `json:"delivered"` // the callback answered 2xx
	Status       int    `json:"status"`    // 0 = no answer
	Duration     int64  `json:"durationMs"`
	Fault        string `json:"fault,omitempty"`   // why it was not delivered
	Error        string `json:"error,omitempty"`   // why there was no answer
	Answer       string `json:"answer"`            // the first 1 KiB of the body
	Notification string `json:"webhookId"`         // as sent
	Resumed      bool   `json:"resumed,omitempty"` // the callback was paused or in trouble and is tried again by that
}

// TestCallback sends a sample notification, in the form and with the signatures that the instance's have, to its callback: at once, once, and
// without storing it. If the callback takes it and was paused, by hand too, or in trouble, it is resumed. An *instance.InvalidError
// tells that there is no callback.
func (e *Engine) TestCallback(ctx context.Context, caller Caller, id int64) (CallbackTest, error) {
	view, err := e.Instance(ctx, caller, id)
	if err != nil {
		return CallbackTest{}, err
	}
	if view.Events.CallbackURL == "" {
		return CallbackTest{}, noCallback()
	}
	test, err := e.testCallback(ctx, view.Instance, view.Element)
	if err == nil && test.Delivered && (view.Callback.Paused || view.Callback.Faults > 0) {
		if test.Resumed, err = true, e.resumeCallback(ctx, id); err == nil {
			e.note(ctx, caller, "callback.resume", ofInstance(id), "by a test")
		}
	}
	return test, err
}

func noCallback() error {
	return invalid("configuration['"+instance.KeyCallbackURL+"']", "is missing: the instance has no callback that could be tested")
}

func (e *Engine) testCallback(ctx context.Context, in *instance.Instance, el Element) (CallbackTest, error) {
	target, err := e.target(ctx, in)
	if err != nil {
		return CallbackTest{}, err
	}
	a, answer, err := e.sender.Test(ctx, source(in, el.Hub, deliver.SampleResource), target)
	if err != nil {
		return CallbackTest{}, err
	}
	hide := func(text string) string { return e.scrub(ctx, in.ID, el.Manifest, text, sentSecrets(target)...) }
	test := CallbackTest{
		Delivered: a.Delivered(), Status: a.Status, Duration: a.Duration.Milliseconds(), Fault: string(a.Fault), Notification: a.Notification,
		Answer: cut(hide(string(answer.Body)), maxAnswer),
	}
	if a.Err != nil {
		test.Error = hide(a.Err.Error())
	}
	return test, nil
}

// sentSecrets are what a callback may repeat of the headers that were sent.
func sentSecrets(t deliver.Target) (secrets []credential.Secret) {
	for _, values := range t.Headers {
		for _, value := range values {
			secrets = append(secrets, credential.Secret(value))
		}
	}
	if len(t.Password) > 0 {
		pair := base64.StdEncoding.EncodeToString([]byte(t.Username + ":" + string(t.Password)))
		secrets = append(secrets, credential.Secret(t.Password), credential.Secret(pair))
	}
	for _, secret := range t.WebhookSecrets {
		secrets = append(secrets, credential.Secret(secret))
	}
	return secrets
}

// cut takes the first bytes of a text, whole characters only.
func cut(text string, most int) string {
	if len(text) > most {
		text = text[:most]
	}
	return strings.ToValidUTF8(text, "")
}
