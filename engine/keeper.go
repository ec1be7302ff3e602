package engine

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine/credential"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/sdk"
)

// keepEvery is how often what authenticates is looked through. All that it needs to know is stored: a restart forgets nothing.
const keepEvery = time.Hour

// keep looks after credentials until ctx ends: refresh tokens that no poll uses in time are refreshed before they expire, shared credentials
// that lost their last user in a crash are destroyed, and so are requests for consent, idempotency keys and sessions that have expired.
func (e *Engine) keep(ctx context.Context) error {
	ticker := time.NewTicker(keepEvery)
	defer ticker.Stop()
	for {
		if err := e.keepOnce(ctx); err != nil && ctx.Err() == nil {
			e.log.Warn("credentials not all looked after", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func (e *Engine) keepOnce(ctx context.Context) error {
	faults := []error{e.dropConsents(ctx), e.dropOrphans(ctx), e.dropMemories(ctx), e.dropFormer(ctx), e.dropSessions(ctx)}
	for _, el := range e.Elements() {
		if el.Auth.Type != sdk.AuthOAuth2 || el.Auth.OAuth2 == nil || el.Auth.OAuth2.RefreshTokenLife <= 0 {
			continue
		}
		faults = append(faults, e.each(ctx, store.Term{Name: "instance-element", Value: el.Key}, func(rec store.Record) error {
			e.keepTokens(ctx, rec, el)
			return ctx.Err()
		}))
	}
	return errors.Join(faults...)
}

// dropFormer deletes checkpoints that a change of their instance has left.
func (e *Engine) dropFormer(ctx context.Context) error {
	return e.each(ctx, droppedTerm, func(rec store.Record) error {
		id, err := parseID(idOf(rec.Key))
		if err != nil {
			return err
		}
		return e.dropCheckpoints(ctx, id)
	})
}

// dropOrphans destroys shared credentials without users.
func (e *Engine) dropOrphans(ctx context.Context) error {
	return e.each(ctx, credential.SharedTerm, func(rec store.Record) error {
		return e.dropUnused(ctx, credential.Ref{ID: strings.TrimPrefix(rec.Key.Name, "credential/")})
	})
}

// keepTokens refreshes an instance's tokens if they are due, one instance after the other. Disabled ones are kept, too: they are meant to be
// enabled again. A refusal stops the polling as a poll's would, so that it is seen, and is not asked for again.
func (e *Engine) keepTokens(ctx context.Context, rec store.Record, el Element) {
	var in instance.Instance
	if json.Unmarshal(rec.Value, &in) != nil { // told at the start
		return
	}
	if stopped, err := e.stopped(ctx, in.ID); err != nil || stopped != nil && stopped.Kind == sdk.FaultAuth {
		return
	}
	kept, err := e.credentials.Keep(ctx, providerRef(&in), el.Auth)
	switch {
	case kept:
		e.log.Debug("tokens refreshed ahead of the end of their refresh token", "instance", in.ID)
	case err == nil || ctx.Err() != nil || errors.Is(err, credential.ErrNotFound): // the last: it was deleted meanwhile
	case errors.Is(err, credential.ErrReauthenticate):
		reason := Stopped{in.ID, "", sdk.FaultAuth, err.Error(), 1, e.config.Now().UTC().Truncate(time.Second)}
		if err := e.stopPolling(ctx, reason); err != nil {
			e.log.Error("polling not stopped", "instance", in.ID, "err", err)
		}
	default:
		e.log.Warn("tokens not refreshed ahead of the end of their refresh token", "instance", in.ID, "err", err)
	}
}
