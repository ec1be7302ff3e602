package engine

import (
	"context"
	"errors"

	"github.com/pollwright/pollwright/engine/credential"
	"github.com/pollwright/pollwright/engine/egress"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/schedule"
	"github.com/pollwright/pollwright/sdk"
)

// firstTokens gets the tokens of a new instance; none if it uses those of a shared credential.
func (e *Engine) firstTokens(ctx context.Context, made *instance.Made, el Element, g grant) (*credential.Tokens, error) {
	s := made.Secrets
	if s.Code == "" && s.Refresh == "" {
		return nil, nil
	}
	if s.Refresh != "" {
		tokens, err := e.credentials.Redeem(ctx, *el.Auth.OAuth2, g, credential.Secret(s.Refresh))
		return tokens, refusedGrant(el, made.Warnings, err)
	}
	auth, verifier, err := e.proof(ctx, made.Instance.Organization, el, s.State)
	if err != nil {
		return nil, err
	}
	tokens, err := e.credentials.Exchange(ctx, auth, g, credential.Secret(s.Code), verifier)
	return tokens, refusedGrant(el, made.Warnings, err)
}

// proof is what belongs to the exchange of a code that was asked for with a state: the address that the user was sent back to, and the
// verifier of PKCE. The state is used up.
func (e *Engine) proof(ctx context.Context, organization int64, el Element, state string) (sdk.OAuth2, credential.Secret, error) {
	auth := *el.Auth.OAuth2
	if state == "" {
		return auth, "", nil
	}
	c, err := e.useConsent(ctx, organization, el, state)
	if errors.Is(err, errNoConsent) && !auth.PKCE { // the platform took any state, and handed it back
		return auth, "", nil
	}
	if err != nil {
		return auth, "", consentFault("providerData.state", err)
	}
	if c.Redirect != "" {
		auth.RedirectURL = c.Redirect
	}
	return auth, credential.Secret(c.Verifier), nil
}

// refusedGrant tells the user why there are no tokens.
func refusedGrant(el Element, warnings []instance.Problem, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, egress.ErrRefused):
		return &instance.InvalidError{Problems: []instance.Problem{{Path: "configuration['" + instance.KeyBaseURL + "']", Message: providerWords(err)}}, Warnings: warnings}
	}
	return &ProviderError{Element: el.Name, Message: providerWords(err), Temporary: errors.Is(err, credential.ErrTransient), Err: err}
}

// Reauthorize gives an instance new tokens for a new authorization code: the old ones were revoked, or lost. All that share its credential
// get them. Polling that was stopped because the provider refused the tokens goes on where it ended. state is that of the request for the
// code, "" = not told. Errors: ErrNotFound, *instance.InvalidError, *ProviderError.
func (e *Engine) Reauthorize(ctx context.Context, caller Caller, id int64, code, state string) error {
	view, err := e.Instance(ctx, caller, id)
	if err != nil {
		return err
	}
	el := view.Element
	if el.Auth.Type != sdk.AuthOAuth2 || el.Auth.OAuth2 == nil {
		return invalid("providerData.code", "is not used: %s does not authenticate by OAuth", el.Name)
	}
	ref := providerRef(view.Instance)
	stored, err := e.credentials.Load(ctx, ref)
	if err != nil {
		return err
	}
	auth, verifier, err := e.proof(ctx, view.Organization, el, state)
	if err != nil {
		return err
	}
	tokens, err := e.credentials.Exchange(ctx, auth, stored.Credential, credential.Secret(code), verifier)
	if err != nil {
		return refusedGrant(el, nil, err)
	}
	ctx = context.WithoutCancel(ctx) // the code is spent by now
	if err := e.credentials.Reauthorize(ctx, ref, tokens, nil); err != nil {
		return err
	}
	e.note(ctx, caller, "instance.authorize", ofInstance(id), view.Name)
	return e.authorizedAgain(ctx, view.Instance)
}

// authorizedAgain lets all that use an instance's credential be polled again, but for those that were stopped for another reason.
func (e *Engine) authorizedAgain(ctx context.Context, in *instance.Instance) error {
	ids, err := e.usersOf(ctx, in)
	faults := []error{err}
	for _, id := range ids {
		faults = append(faults, e.resumeAuthorized(ctx, id))
	}
	return errors.Join(faults...)
}

func (e *Engine) resumeAuthorized(ctx context.Context, id int64) error {
	in, err := e.lives.get(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	e.streaks.forget(idText(id)) // before the first poll with the new tokens
	stopped, err := e.stopped(ctx, id)
	if err != nil || stopped != nil && stopped.Kind != sdk.FaultAuth {
		return err
	}
	if err := e.deleteRecords(ctx, stoppedKey(id)); err != nil {
		return err
	}
	e.schedule(in.Instance, schedule.Now)
	return nil
}
