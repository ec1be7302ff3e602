package credential

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/pollwright/pollwright/engine/store"
)

func set(key string, value Secret) func(map[string]Secret) error {
	return func(values map[string]Secret) error { values[key] = value; return nil }
}

func TestAmendKeepsTokensAndGeneration(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(t, w.client())
	before, err := w.creds.Load(t.Context(), w.ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.creds.Amend(t.Context(), w.ref, set("signing.key", canary)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*Credentials{"this process": w.creds, "another": w.node(t)} {
		after, err := c.Load(t.Context(), w.ref)
		if err != nil || after.Values["signing.key"] != canary || after.Values["oauth.api.key"] != "key-1" || !after.Tokens.same(before.Tokens) || after.Generation != before.Generation {
			t.Errorf("%s: %v, generation %d, want %d", name, err, after.Generation, before.Generation)
		}
	}
	if _, err := w.creds.Refresh(t.Context(), w.ref, auth(), before.Generation); err != nil || w.provider.count() != 1 {
		t.Errorf("a token that was refused is refreshed with %d requests, %v", w.provider.count(), err)
	}
}

// A refresh of the tokens gets in between, and an amendment gets in between a refresh and its commit: both are kept.
func TestAmendBesideARefresh(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(t, w.client())
	asked := 0
	err := w.creds.Amend(t.Context(), w.ref, func(values map[string]Secret) error {
		if asked++; asked == 1 {
			if _, err := w.node(t).Refresh(t.Context(), w.ref, auth(), 1); err != nil {
				return err
			}
		}
		return set("a", "1")(values)
	})
	if err != nil || asked != 2 {
		t.Fatalf("%v, asked %d times", err, asked)
	}
	var once sync.Once
	w.store.set(func(ctx context.Context) error {
		once.Do(func() {
			w.store.set(nil, nil)
			if err := w.creds.Amend(ctx, w.ref, set("b", "2")); err != nil {
				t.Error(err)
			}
		})
		return nil
	}, nil)
	if _, err := w.creds.Refresh(t.Context(), w.ref, auth(), 2); err != nil {
		t.Fatal(err)
	}
	s, err := w.node(t).Load(t.Context(), w.ref)
	if err != nil || s.Tokens.Access != canary+"-access-2" || s.Values["a"] != "1" || s.Values["b"] != "2" || w.provider.count() != 2 {
		t.Errorf("access %q, values %q and %q, %d requests, %v", s.Tokens.Access.Reveal(), s.Values["a"].Reveal(), s.Values["b"].Reveal(), w.provider.count(), err)
	}
}

func TestManyAmendAtOnce(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(t, w.client())
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			if err := w.node(t).Amend(context.Background(), w.ref, set(fmt.Sprint("k", n), "v")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s, err := w.creds.Load(t.Context(), w.ref)
	if err != nil || len(s.Values) != 3+8 {
		t.Errorf("%d values, %v", len(s.Values), err)
	}
}

func TestAmendTellsWhatFailed(t *testing.T) {
	t.Parallel()
	w := setup(t)
	if err := w.creds.Amend(t.Context(), w.ref, set("a", "1")); !errors.Is(err, ErrNotFound) {
		t.Errorf("no credential: %v", err)
	}
	w.create(t, w.client())
	if err := w.creds.Amend(t.Context(), w.ref, func(values map[string]Secret) error { values["a"] = "1"; return errDisk }); !errors.Is(err, errDisk) {
		t.Errorf("the change's own: %v", err)
	}
	if s, err := w.creds.Load(t.Context(), w.ref); err != nil || s.Values["a"] != "" {
		t.Errorf("a failed change is kept: %v", err)
	}
	w.store.set(func(context.Context) error { return store.ErrConflict }, nil)
	if err := w.creds.Amend(t.Context(), w.ref, set("a", "1")); !errors.Is(err, store.ErrConflict) {
		t.Errorf("conflicts without end: %v", err)
	}
}
