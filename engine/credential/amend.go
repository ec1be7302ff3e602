package credential

import (
	"context"
	"errors"
	"fmt"

	"github.com/pollwright/pollwright/engine/store"
)

// amendTries is how often a change that others got ahead of is made again.
const amendTries = 10

// Amend changes values that no auth template names, such as keys that sign what we send. change is given a copy of the values, which it may
// change; it is called again when somebody else stored the credential meanwhile, such as a refresh of its tokens, which is kept. The
// generation stays: what the provider is sent is the same as before. Errors: ErrNotFound, ErrUnreadable, that of change, or the store's.
func (c *Credentials) Amend(ctx context.Context, ref Ref, change func(values map[string]Secret) error) error {
	return c.alter(ctx, ref, func(s Stored, next *Credential) (store.Put, error) {
		if err := change(next.Values); err != nil {
			return store.Put{}, err
		}
		value, err := seal(c.config.Vault, ref, s.Generation, *next)
		return store.Put{Key: ref.Key(), Expect: s.Version, Value: value, Index: ref.index()}, err
	})
}

// replace changes a credential and raises its generation, so that requests that used the one before do not lead to a refresh of this.
func (c *Credentials) replace(ctx context.Context, ref Ref, change func(*Credential)) error {
	return c.alter(ctx, ref, func(s Stored, next *Credential) (store.Put, error) {
		change(next)
		return c.Replace(s, *next)
	})
}

// alter stores what change makes of a copy of a credential. It is asked again when somebody else stored the credential meanwhile.
func (c *Credentials) alter(ctx context.Context, ref Ref, change func(s Stored, next *Credential) (store.Put, error)) error {
	for range amendTries {
		s, err := c.Load(ctx, ref)
		if err != nil {
			return err
		}
		next := s.clone()
		if next.Values == nil {
			next.Values = map[string]Secret{}
		}
		put, err := change(s, &next)
		if err != nil {
			return err
		}
		_, err = store.One(c.config.Store.Commit(ctx, store.Change{Puts: []store.Put{put}}))
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("credential %s: others changed it %d times while it was changed here: %w", ref.ID, amendTries, store.ErrConflict)
}
