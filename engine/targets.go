package engine

import (
	"context"
	"errors"
	"net/http"

	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/egress"
)

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
	key, secrets, err := t.signing(ctx, in)
	if err != nil {
		return deliver.Target{}, err
	}
	records, err := t.store.Get(ctx, pausedKey(id))
	if err != nil {
		return deliver.Target{}, err
	}
	return deliver.Target{
		URL: in.Events.CallbackURL, SignatureKey: key, WebhookSecrets: secrets, Enabled: in.Polled(), Paused: records[0].Version > 0,
	}, nil
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
