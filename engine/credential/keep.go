package credential

import (
	"context"
	"time"

	"github.com/pollwright/pollwright/sdk"
)

// Keep refreshes tokens whose refresh token is used so rarely that it would expire: once two thirds of its life are over. It reports whether
// it did. Providers whose manifest names no such life need none of this. Errors as Authorizer.
func (c *Credentials) Keep(ctx context.Context, ref Ref, auth sdk.Auth) (bool, error) {
	if auth.Type != sdk.AuthOAuth2 || auth.OAuth2 == nil || auth.OAuth2.RefreshTokenLife <= 0 {
		return false, nil
	}
	s, err := c.Load(ctx, ref)
	if err != nil {
		return false, err
	}
	life := time.Duration(auth.OAuth2.RefreshTokenLife) * time.Second
	if s.Tokens == nil || s.Tokens.Refresh == "" || s.Tokens.Obtained.IsZero() || c.config.Now().Before(s.Tokens.Obtained.Add(life*2/3)) {
		return false, nil
	}
	_, err = c.renewed(ctx, s, auth, s.Generation)
	return err == nil, err
}

// Reauthorize puts new tokens, which a person authorized, in the place of those stored, whatever became of these. change may change values in
// the same commit; nil changes none. Errors: ErrNotFound, ErrUnreadable, or the store's.
func (c *Credentials) Reauthorize(ctx context.Context, ref Ref, tokens *Tokens, change func(values map[string]Secret)) error {
	return c.replace(ctx, ref, func(next *Credential) {
		next.Tokens = tokens
		if change != nil {
			change(next.Values)
		}
	})
}
