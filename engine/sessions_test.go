package engine_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
)

// later sets the engine's clock forward.
func later(t *testing.T) (*world, func(time.Duration)) {
	var ahead atomic.Int64
	w := setup(t, func(c *engine.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	return w, func(d time.Duration) { ahead.Add(int64(d)) }
}

func (w *world) signIn() engine.Session {
	w.t.Helper()
	s, err := w.engine.OpenSession(context.Background(), engine.Secrets{Organization: "org-secret", User: "user-secret"}, "10.0.0.1", "r1")
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) session(token string) (engine.Session, error) {
	return w.engine.Session(context.Background(), token)
}

func TestASessionStandsForItsUser(t *testing.T) {
	t.Parallel()
	w, pass := later(t)
	opened := w.signIn()
	token := opened.Token.Reveal()
	found, err := w.session(token)
	if err != nil || found.User != w.caller.User || found.Organization != w.caller.Organization || found.Role != engine.RoleServer || found.Proof != opened.Proof || found.Token != "" {
		t.Fatalf("got %+v, %v", found, err)
	}
	if other := w.signIn(); other.Token == opened.Token || other.Proof == opened.Proof {
		t.Error("two sessions share a secret")
	}
	for name, wrong := range map[string]string{"none": "", "another": token + "x", "its user's secret": "user-secret"} {
		if _, err := w.session(wrong); !errors.Is(err, engine.ErrUnauthorized) {
			t.Errorf("token %s: %v", name, err)
		}
	}
	if _, err := w.engine.OpenSession(context.Background(), engine.Secrets{Organization: "org-secret", User: "wrong"}, "", ""); !errors.Is(err, engine.ErrUnauthorized) {
		t.Errorf("a wrong secret: %v", err)
	}
	w.stop()
	w.start()
	if _, err := w.session(token); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	if err := w.engine.CloseSession(context.Background(), token); err != nil {
		t.Fatal(err)
	}
	if _, err := w.session(token); !errors.Is(err, engine.ErrUnauthorized) {
		t.Errorf("closed: %v", err)
	}
	token = w.signIn().Token.Reveal()
	pass(12 * time.Hour)
	if _, err := w.session(token); !errors.Is(err, engine.ErrUnauthorized) {
		t.Errorf("12 h without a request: %v", err)
	}
}

func TestASessionChangesItsToken(t *testing.T) {
	t.Parallel()
	w, pass := later(t)
	opened := w.signIn()
	first := opened.Token.Reveal()
	pass(16 * time.Minute)
	var fresh []string
	var mu sync.Mutex
	var asking sync.WaitGroup
	for range 8 {
		asking.Go(func() {
			s, err := w.session(first)
			if err != nil || s.Proof != opened.Proof {
				t.Errorf("with the token before: %+v, %v", s, err)
			}
			mu.Lock()
			defer mu.Unlock()
			if token := s.Token.Reveal(); token != "" && !slices.Contains(fresh, token) {
				fresh = append(fresh, token)
			}
		})
	}
	asking.Wait()
	if len(fresh) != 1 {
		t.Fatalf("%d new tokens, want 1", len(fresh))
	}
	if s, err := w.session(fresh[0]); err != nil || s.Proof != opened.Proof || s.Token != "" {
		t.Errorf("the new one: %+v, %v", s, err)
	}
	pass(2 * time.Minute)
	if _, err := w.session(first); !errors.Is(err, engine.ErrUnauthorized) {
		t.Errorf("the one before, two minutes later: %v", err)
	}
	token := fresh[0]
	for range 7 * 24 { // used each hour
		pass(time.Hour)
		s, err := w.session(token)
		if errors.Is(err, engine.ErrUnauthorized) {
			break
		}
		if token = s.Token.Reveal(); err != nil || token == "" {
			t.Fatalf("an hour later: %+v, %v", s, err)
		}
	}
	if _, err := w.session(token); !errors.Is(err, engine.ErrUnauthorized) {
		t.Errorf("a week after it was opened: %v", err)
	}
}

func TestASessionEndsWithItsSecrets(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *engine.Config) { c.OrganizationSecret, c.UserSecret = "org-secret", "user-secret" })
	ctx := context.Background()
	org, err := w.engine.CreateOrganization(ctx, w.caller, "Acme")
	if err != nil {
		t.Fatal(err)
	}
	user, err := w.engine.CreateUser(ctx, w.caller, engine.UserDraft{Name: "Ann", Role: engine.RoleAdmin, Organization: org.ID})
	if err != nil {
		t.Fatal(err)
	}
	open := func(secrets engine.Secrets) string {
		t.Helper()
		s, err := w.engine.OpenSession(ctx, secrets, "", "")
		if err != nil {
			t.Fatal(err)
		}
		return s.Token.Reveal()
	}
	secrets := engine.Secrets{Organization: org.Secret, User: user.Secret}
	token := open(secrets)
	rotated, err := w.engine.RotateUserSecret(ctx, w.caller, user.ID, "1h")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.session(token); err != nil {
		t.Errorf("within the overlap: %v", err)
	}
	secrets.User = rotated.Secret
	token = open(secrets)
	if _, err := w.engine.RotateOrganizationSecret(ctx, w.caller, org.ID, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := w.session(token); !errors.Is(err, engine.ErrUnauthorized) {
		t.Errorf("after the organization's secret was changed: %v", err)
	}
	own := w.signIn().Token.Reveal()
	if _, err := w.session(own); err != nil {
		t.Errorf("another organization's session: %v", err)
	}
}

func TestExpiredSessionsAreDropped(t *testing.T) {
	t.Parallel()
	w, pass := later(t)
	w.signIn()
	pass(13 * time.Hour)
	live := w.signIn().Token.Reveal()
	for range 2 {
		if err := w.engine.KeepCredentials(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.engine.Sessions(context.Background()); n != 1 {
		t.Errorf("%d sessions are kept, want the live one", n)
	}
	if _, err := w.session(live); err != nil {
		t.Error(err)
	}
}

// TestASessionOutlivesALostAnswer: the answer with the new token may not arrive, as a browser leaves the page. The next one brings it again.
func TestASessionOutlivesALostAnswer(t *testing.T) {
	t.Parallel()
	w, pass := later(t)
	first := w.signIn().Token.Reveal()
	pass(16 * time.Minute)
	lost, err := w.session(first)
	if err != nil || lost.Token == "" {
		t.Fatalf("got %+v, %v", lost, err)
	}
	pass(10 * time.Second)
	if again, err := w.session(first); err != nil || again.Token != lost.Token {
		t.Errorf("asked again: %+v, %v; want the token that was lost", again, err)
	}
}

// TestSigningOutReachesTheNextToken: another page may have got one that is not with the browser yet.
func TestSigningOutReachesTheNextToken(t *testing.T) {
	t.Parallel()
	w, pass := later(t)
	first := w.signIn().Token.Reveal()
	pass(16 * time.Minute)
	other, err := w.session(first)
	if err != nil || other.Token == "" {
		t.Fatalf("got %+v, %v", other, err)
	}
	if err := w.engine.CloseSession(context.Background(), first); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{first, other.Token.Reveal()} {
		if _, err := w.session(token); !errors.Is(err, engine.ErrUnauthorized) {
			t.Errorf("signed out, but a token is still good: %v", err)
		}
	}
}
