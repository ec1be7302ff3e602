package credential

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pollwright/pollwright/sdk"
)

const (
	flightTimeout = time.Minute // of one refresh, the token request and the commit
	renewTries    = 3
)

// current gives the credential with an access token that is good for a while.
func (c *Credentials) current(ctx context.Context, s Stored, auth sdk.Auth) (Stored, error) {
	if s.Tokens == nil {
		return s, fmt.Errorf("credential %s has no tokens yet: %w", s.Ref.ID, ErrReauthenticate)
	}
	if c.fresh(s.Tokens) && !c.isPending(s.Ref) {
		return s, nil
	}
	next, err := c.renewed(ctx, s, auth, 0)
	if errors.Is(err, ErrTransient) && c.config.Now().Before(s.Tokens.Expiry) && !c.isPending(s.Ref) {
		c.config.Logger.WarnContext(ctx, "token not refreshed ahead of its expiry", "credential", s.Ref.ID, "err", err)
		return s, nil
	}
	return next, err
}

// fresh reports whether an access token will last. Without an expiry it is good until the provider refuses it.
func (c *Credentials) fresh(t *Tokens) bool {
	if t == nil || t.Access == "" {
		return false
	}
	margin := c.config.Margin
	if !t.Obtained.IsZero() {
		margin = min(margin, t.Expiry.Sub(t.Obtained)/5)
	}
	return t.Expiry.IsZero() || c.config.Now().Before(t.Expiry.Add(-margin))
}

// renewed gives a generation above the failed one, fresh. Callers for one credential share one flight; a flight that began before this
// caller's failure may end without a newer generation, so another is started then.
func (c *Credentials) renewed(ctx context.Context, s Stored, auth sdk.Auth, failed uint64) (Stored, error) {
	if auth.OAuth2 == nil {
		return s, fmt.Errorf("credential %s: the manifest's auth is oauth2 but names no token endpoint", s.Ref.ID)
	}
	failed = min(failed, s.Generation) // of a credential that was deleted and made again
	for range renewTries {
		next, err := c.share(ctx, s.Ref, func(ctx context.Context) (Stored, error) { return c.renew(ctx, s.Ref, *auth.OAuth2, failed) })
		if err != nil || next.Generation > failed {
			return next, err
		}
	}
	return s, fmt.Errorf("credential %s: it was replaced again and again while its tokens were refreshed: %w", s.Ref.ID, ErrTransient)
}

// share runs do once for all who ask for the same credential at the same time. It is not the caller's to cancel: a provider that has rotated
// the refresh token does not give it twice. Close waits for it.
func (c *Credentials) share(ctx context.Context, ref Ref, do func(context.Context) (Stored, error)) (Stored, error) {
	key := ref.Key()
	done := c.flights.DoChan(fmt.Sprintf("%d/%s", key.Partition, key.Name), func() (any, error) {
		if err := c.begin(); err != nil {
			return Stored{}, err
		}
		defer c.end()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flightTimeout)
		defer cancel()
		return do(ctx)
	})
	select {
	case r := <-done:
		s := r.Val.(Stored)
		s.Credential = s.clone()
		return s, r.Err
	case <-ctx.Done():
		return Stored{}, ctx.Err()
	}
}

// renew is the body of a flight: look again, ask the provider, store, and only then use.
func (c *Credentials) renew(ctx context.Context, ref Ref, auth sdk.OAuth2, failed uint64) (Stored, error) {
	if p, ok := c.pendingOf(ref); ok {
		if _, err := c.persist(ctx, p); err != nil {
			return Stored{}, err
		}
	}
	s, err := c.Load(ctx, ref)
	if err != nil {
		return s, err
	}
	if s.Generation > failed && c.fresh(s.Tokens) {
		return s, nil
	}
	if s.Tokens == nil || s.Tokens.Refresh == "" {
		return s, fmt.Errorf("credential %s: the access token is used up and there is no refresh token: %w", ref.ID, ErrReauthenticate)
	}
	tokens, err := c.refresh(ctx, auth, s)
	c.config.OnRefresh(err)
	if errors.Is(err, ErrReauthenticate) {
		return c.theirs(ctx, s, err)
	}
	if err != nil {
		return s, err
	}
	c.config.Logger.DebugContext(ctx, "tokens refreshed", "credential", ref.ID, "generation", s.Generation+1)
	p := unstored{ref: ref, from: *s.Tokens, to: *tokens}
	c.setPending(p)
	return c.persist(ctx, p)
}

// theirs looks whether a refused refresh token was refused because another process has used it, and stored what it got.
func (c *Credentials) theirs(ctx context.Context, s Stored, refused error) (Stored, error) {
	next, err := c.Load(ctx, s.Ref)
	if err != nil || next.Tokens.same(s.Tokens) || !c.fresh(next.Tokens) {
		return s, refused
	}
	return next, nil
}
