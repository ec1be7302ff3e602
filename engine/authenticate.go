package engine

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// Authenticate tells who has these secrets, or ErrUnauthorized. Secrets are looked up by their hash, so that how long it takes tells
// nothing about them; one that nobody has costs the same reads and comparisons as one that somebody else has.
func (e *Engine) Authenticate(ctx context.Context, s Secrets) (Caller, error) {
	org, knownOrg, err := e.ownerOfSecret(ctx, kindOrganization, s.Organization)
	if err != nil {
		return Caller{}, err
	}
	user, knownUser, err := e.ownerOfSecret(ctx, kindUser, s.User)
	if err != nil {
		return Caller{}, err
	}
	if !knownOrg || !knownUser || user.Organization != org.ID {
		return Caller{}, ErrUnauthorized
	}
	return user.caller(), nil
}

// AuthenticateByToken tells whose a user's secret is when an Element token stands in for the organization's secret, as the platform's hub
// requests have it. The token must be of an instance of the user's organization; else ErrUnauthorized.
func (e *Engine) AuthenticateByToken(ctx context.Context, user, token string) (Caller, error) {
	found, known, err := e.ownerOfSecret(ctx, kindUser, user)
	if err != nil {
		return Caller{}, err
	}
	_, err = e.InstanceOfToken(ctx, Caller{Organization: found.Organization}, token) // of a wrong user, too: it takes as long
	if err != nil {
		return Caller{}, err
	}
	if !known {
		return Caller{}, ErrUnauthorized
	}
	return found.caller(), nil
}

// stillThere returns ErrUnauthorized for a user or an organization that was removed since it asked.
func (e *Engine) stillThere(ctx context.Context, organization, user int64) error {
	_, err := e.owner(ctx, kindOrganization, organization)
	if err == nil {
		_, err = e.owner(ctx, kindUser, user)
	}
	if errors.Is(err, ErrNotFound) {
		return ErrUnauthorized
	}
	return err
}

func (o owner) caller() Caller {
	return Caller{Organization: o.Organization, User: o.ID, Role: o.Role}
}

// ownerOfSecret finds an owner by its secret, or by the one before while that is good.
func (e *Engine) ownerOfSecret(ctx context.Context, kind, secret string) (o owner, known bool, err error) {
	hash := hashSecret(secret)
	keys, err := e.store.Find(ctx, store.Term{Name: kind + "-secret", Value: hash}, store.Key{}, 1)
	if err != nil {
		return o, false, err
	}
	key := ownerKey(kind, 0) // nobody's: read all the same
	if len(keys) > 0 {
		key = keys[0]
	}
	o, err = e.ownerAt(ctx, key)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return o, false, err
	}
	return o, o.has(hash, e.config.Now()), nil
}

// has reports whether a hash is that of this owner's secret. The index has found it already; how long the comparison takes tells nothing either.
func (o owner) has(hash string, now time.Time) bool {
	latest := subtle.ConstantTimeCompare([]byte(o.Secret), []byte(hash))
	older := subtle.ConstantTimeCompare([]byte(o.Older), []byte(hash))
	return o.ID != 0 && (latest == 1 || older == 1 && now.Before(o.Until))
}
