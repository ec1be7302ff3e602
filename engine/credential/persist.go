package credential

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

const (
	persistTries   = 4                     // of one call that finds the store failing, or the record changed under its hands
	persistBackoff = 10 * time.Millisecond // doubled for each
)

// unstored are tokens that the provider has given and the store has not taken yet. from are the tokens they replace: as long as those are
// the stored ones, nobody else has refreshed or authorized again.
type unstored struct {
	ref  Ref
	from Tokens
	to   Tokens
}

// persist stores new tokens by compare-and-set. If somebody changed the values meanwhile, the tokens go into their record; if somebody
// changed the tokens, theirs stay and ours are forgotten. A failing store leaves ours pending.
func (c *Credentials) persist(ctx context.Context, p unstored) (Stored, error) {
	var last error
	for try := range persistTries {
		if try > 0 && !pause(ctx, persistBackoff<<try) {
			break
		}
		s, err := c.tryPersist(ctx, p)
		if err == nil || errors.Is(err, ErrNotFound) || errors.Is(err, ErrUnreadable) {
			c.clearPending(p)
			return s, err
		}
		last = err
	}
	return Stored{}, fmt.Errorf("credential %s: %w: %w", p.ref.ID, ErrUnstored, last)
}

func (c *Credentials) tryPersist(ctx context.Context, p unstored) (Stored, error) {
	s, err := c.Load(ctx, p.ref)
	if err != nil {
		return s, err
	}
	if !s.Tokens.same(&p.from) {
		return s, nil // ours, if an earlier commit went through after all, or theirs
	}
	next := s.clone()
	next.Tokens = &p.to
	put, err := c.write(s, next)
	if err != nil {
		return s, err
	}
	if _, err := store.One(c.config.Store.Commit(ctx, store.Change{Puts: []store.Put{put}})); err != nil {
		return s, err
	}
	return Stored{Credential: next.clone(), Ref: p.ref, Generation: s.Generation + 1, Version: s.Version + 1}, nil
}

// pause waits and reports whether the context still stands.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (c *Credentials) isPending(ref Ref) bool {
	_, ok := c.pendingOf(ref)
	return ok
}

func (c *Credentials) pendingOf(ref Ref) (unstored, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.pending[ref.Key()]
	return p, ok
}

func (c *Credentials) setPending(p unstored) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending[p.ref.Key()] = p
}

func (c *Credentials) clearPending(p unstored) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.pending, p.ref.Key())
}

func (c *Credentials) allPending() []unstored {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]unstored, 0, len(c.pending))
	for _, p := range c.pending {
		all = append(all, p)
	}
	return all
}
