package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/pollwright/pollwright/engine/credential"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/store"
)

// providerRef names the credential that an instance shows its provider: its own, or one that it shares with others of its organization and
// element. What signs and authenticates its callbacks is always its own.
func providerRef(in *instance.Instance) credential.Ref {
	if name := in.Credential(); name != "" {
		return credential.Shared(idText(in.Organization)+"/"+in.Element, name)
	}
	return credentialRef(idText(in.ID))
}

// userTerm finds the instances that share a credential.
func userTerm(ref credential.Ref) store.Term {
	return store.Term{Name: "credential-user", Value: ref.ID}
}

// clientTerm finds the instances that use the same OAuth2 client.
func clientTerm(hash string) store.Term { return store.Term{Name: "oauth-client", Value: hash} }

// grantTerms are the index terms of an instance's record that tell what it authenticates with.
func grantTerms(in *instance.Instance) (terms []store.Term) {
	if in.Credential() != "" {
		terms = append(terms, userTerm(providerRef(in)))
	}
	if in.Client != "" {
		terms = append(terms, clientTerm(in.Client))
	}
	return terms
}

// checkShared holds a new instance against the shared credential that it names, if it does, before a code is spent for it.
func (e *Engine) checkShared(ctx context.Context, made *instance.Made) error {
	in := made.Instance
	if in.Credential() == "" {
		return nil
	}
	path := "configuration['" + instance.KeyCredential + "']"
	stored, err := e.credentials.Load(ctx, providerRef(in))
	switch {
	case errors.Is(err, credential.ErrNotFound):
		if made.Secrets.Code == "" && made.Secrets.Refresh == "" {
			return &instance.InvalidError{Warnings: made.Warnings, Problems: []instance.Problem{{Path: "providerData.code",
				Message: fmt.Sprintf("is required: there is no credential named %q yet, and the first instance that names it gives the authorization code", in.Credential())}}}
		}
		return nil
	case err != nil:
		return err
	case stored.Values[instance.KeyOAuthAPIKey].Reveal() != made.Secrets.Values[instance.KeyOAuthAPIKey]:
		return invalid(path, "the credential %q was made with another %s; give that one, or name another credential", in.Credential(), instance.KeyOAuthAPIKey)
	case stored.Base != in.BaseURL: // its tokens are for that host only
		return invalid(path, "the credential %q is for the %s %s; give that one, or name another credential", in.Credential(), instance.KeyBaseURL, stored.Base)
	}
	return nil
}

// share stores what a new instance brings to the credential it shares, and takes it out of the instance's own. renewed reports whether there
// was one before, whose other users can be polled again now. The caller holds e.sharing until the instance is stored: the credential is
// destroyed when nobody uses it.
func (e *Engine) share(ctx context.Context, made *instance.Made, g *grant) (renewed bool, err error) {
	if err := e.checkShared(ctx, made); err != nil { // it may be gone, or another, by now
		return false, err
	}
	tokens, ref := g.Tokens, providerRef(made.Instance)
	if g.Tokens = nil; tokens == nil {
		return false, nil
	}
	values := map[string]credential.Secret{}
	for key, value := range made.Secrets.Values {
		values[key] = credential.Secret(value)
	}
	err = e.credentials.Reauthorize(ctx, ref, tokens, func(old map[string]credential.Secret) {
		for key, value := range values {
			old[key] = value
		}
	})
	if !errors.Is(err, credential.ErrNotFound) {
		return err == nil, err
	}
	put, err := e.credentials.Put(ref, grant{Base: g.Base, Values: values, Tokens: tokens})
	if err != nil {
		return false, err
	}
	_, err = store.One(e.store.Commit(ctx, store.Change{Puts: []store.Put{put}}))
	return false, err
}

// forgetCredential lets go of what an instance that was deleted authenticated with. The last user of a shared credential destroys it.
func (e *Engine) forgetCredential(ctx context.Context, in *instance.Instance) error {
	e.limits.Remove(idText(in.ID))
	if in.Credential() == "" {
		return nil
	}
	return e.dropUnused(ctx, providerRef(in))
}

// dropUnused destroys a shared credential that no instance uses.
func (e *Engine) dropUnused(ctx context.Context, ref credential.Ref) error {
	e.sharing.Lock()
	defer e.sharing.Unlock()
	users, err := e.store.Find(ctx, userTerm(ref), store.Key{}, 1)
	if err != nil || len(users) > 0 {
		return err
	}
	e.limits.Remove(ref.ID)
	if err := e.deleteRecords(ctx, ref.Key()); err != nil {
		return err
	}
	e.credentials.Forget(ref)
	return nil
}

// usersOf are the ids of the instances that authenticate with the same credential as one does, itself included.
func (e *Engine) usersOf(ctx context.Context, in *instance.Instance) ([]int64, error) {
	if in.Credential() == "" {
		return []int64{in.ID}, nil
	}
	var ids []int64
	err := e.each(ctx, userTerm(providerRef(in)), func(rec store.Record) error {
		id, err := parseID(idOf(rec.Key))
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// providerTokens are those that an instance shows its provider; own is its own credential.
func (e *Engine) providerTokens(ctx context.Context, id int64, own credential.Stored) (*credential.Tokens, error) {
	in, err := e.lives.get(context.WithoutCancel(ctx), id)
	if errors.Is(err, ErrNotFound) || err == nil && in.Credential() == "" {
		return own.Tokens, nil
	}
	if err != nil {
		return nil, err
	}
	shared, err := e.credentials.Load(context.WithoutCancel(ctx), providerRef(in.Instance))
	return shared.Tokens, err
}
