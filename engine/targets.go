package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/pollwright/pollwright/engine/credential"
	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/egress"
	"github.com/pollwright/pollwright/engine/instance"
)

// targetTime is how long a target is kept at most: what ends by itself, as an older webhook secret does, ends that much later. A change of it
// holds at once, for whoever makes it has the instance forgotten.
const targetTime = time.Second

// keptTarget is a target that spares reading credentials and pause for each of the notifications that go out together.
type keptTarget struct {
	deliver.Target
	until time.Time
}

// targets tells the sender where an instance's notifications go.
type targets struct{ *Engine }

func (t targets) Target(ctx context.Context, instanceID string) (deliver.Target, error) {
	id, err := parseID(instanceID)
	if err != nil {
		return deliver.Target{}, deliver.ErrGone
	}
	in, err := t.lives.get(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return deliver.Target{}, deliver.ErrGone
	}
	if err != nil {
		return deliver.Target{}, err
	}
	now := t.config.Now()
	if kept := in.target.Load(); kept != nil && now.Before(kept.until) && kept.until.Sub(now) <= targetTime { // the clock may have been set back
		return kept.Target, nil
	}
	target, err := t.target(ctx, in.Instance)
	if err == nil {
		in.target.Store(&keptTarget{target, now.Add(targetTime)})
	}
	if errors.Is(err, credential.ErrNotFound) { // it was deleted while it was looked up
		t.lives.forget(id)
		if _, err := t.lives.get(ctx, id); errors.Is(err, ErrNotFound) {
			return deliver.Target{}, deliver.ErrGone
		}
	}
	return target, err
}

// target is where an instance's notifications go, and what goes with them.
func (e *Engine) target(ctx context.Context, in *instance.Instance) (deliver.Target, error) {
	stored, err := e.credentials.Load(ctx, credentialRef(idText(in.ID)))
	if err != nil {
		return deliver.Target{}, err
	}
	secrets, err := webhookSecrets(stored.Values, e.config.Now())
	if err != nil {
		return deliver.Target{}, err
	}
	headers, err := callbackHeaders(stored.Values)
	if err != nil {
		return deliver.Target{}, err
	}
	records, err := e.store.Get(ctx, pausedKey(in.ID))
	if err != nil {
		return deliver.Target{}, err
	}
	t := deliver.Target{
		URL: in.Events.CallbackURL, WebhookSecrets: secrets, Headers: headers, Username: in.Events.Username, Enabled: in.Delivers(),
		Paused: records[0].Version > 0, Order: deliver.Order(in.Events.Order), Retries: in.Events.Retries,
		Rate: in.Events.Rate,
	}
	if in.Events.RetryAs == instance.RetryElements {
		t.Retries = deliver.ElementsRetries()
	}
	if in.HasSecret(instance.KeySignatureKey) {
		t.SignatureKey = deliver.Secret(stored.Values[instance.KeySignatureKey].Reveal())
	}
	if in.HasSecret(instance.KeyBasicPassword) {
		t.Password = deliver.Secret(stored.Values[instance.KeyBasicPassword].Reveal())
	}
	return t, nil
}

// callbackHeaders are kept as JSON among the values of a credential.
func callbackHeaders(values map[string]credential.Secret) (h deliver.Headers, err error) {
	text := values[instance.KeyCallbackHeaders].Reveal()
	if text == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		return nil, fmt.Errorf("callback headers: %w", credential.ErrUnreadable) // the cause may repeat a secret
	}
	return h, nil
}

// poster posts notifications through the guarded client.
type poster struct{ client *egress.Client }

func (p poster) Post(ctx context.Context, url string, header http.Header, body []byte) (deliver.Answer, error) {
	res, err := p.client.Post(ctx, egress.Callback{URL: url, Header: header, Body: body})
	if err != nil {
		return deliver.Answer{}, err
	}
	return deliver.Answer{Status: res.Status, Header: res.Header, Body: res.Body, Cut: res.Cut}, nil
}
