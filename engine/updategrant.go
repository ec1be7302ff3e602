package engine

import (
	"context"

	"github.com/pollwright/pollwright/engine/credential"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/sdk"
)

// grant makes the instance's own credential as it shall be. Tokens stay, unless there is a code, or a refresh token, for others.
func (u *update) grant(ctx context.Context, made *instance.Made, old *live, el Element, own credential.Stored) (grant, error) {
	next, err := u.values(made)
	if err != nil {
		return next, err
	}
	for _, key := range []string{keyWebhookSecret, keyOlderSecrets} {
		if value, ok := own.Values[key]; ok {
			next.Values[key] = value
		}
	}
	if el.Auth.Type != sdk.AuthOAuth2 || el.Auth.OAuth2 == nil {
		return next, nil
	}
	if made.Secrets.Code != "" || made.Secrets.Refresh != "" {
		if !u.got {
			if err := u.checkShared(ctx, made); err != nil {
				return next, err
			}
			if u.tokens, err = u.firstTokens(ctx, made, el, next); err != nil {
				return next, err
			}
			u.got = true
		}
		next.Tokens = u.tokens
		return next, nil
	}
	if why := u.needsCode(made.Instance, old, own, next); why != "" {
		return next, invalid("providerData.code", "is required: the tokens that there are were given to another %s; ask the user for consent again", why)
	}
	if made.Instance.Credential() == "" {
		next.Tokens = own.Tokens
	} else if err := u.checkShared(ctx, made); err != nil {
		return next, err
	}
	return next, nil
}

// needsCode says why the tokens that there are cannot go on; "" if they can.
func (u *update) needsCode(in *instance.Instance, old *live, own credential.Stored, next grant) string {
	switch {
	case in.Credential() != old.Credential() && in.Credential() == "":
		return instance.KeyCredential
	case in.Credential() != "":
		return "" // checkShared knows
	case own.Values[instance.KeyOAuthAPIKey] != next.Values[instance.KeyOAuthAPIKey]:
		return instance.KeyOAuthAPIKey
	case in.BaseURL != old.BaseURL:
		return instance.KeyBaseURL
	}
	return ""
}

// share stores what the change brings to a credential that is shared, before the instance names it. The lock is held until release.
func (u *update) share(ctx context.Context, made *instance.Made, next *grant, old *live) (release func(), renewed bool, err error) {
	release = func() {}
	if made.Instance.Credential() == "" && old.Credential() == "" {
		return release, false, nil
	}
	u.sharing.Lock()
	locked := true
	release = func() {
		if locked {
			locked = false
			u.sharing.Unlock()
		}
	}
	if made.Instance.Credential() == "" {
		return release, false, nil
	}
	renewed, err = u.Engine.share(ctx, made, next)
	return release, renewed, err
}
