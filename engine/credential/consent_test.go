package credential

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/pollwright/pollwright/sdk"
)

func TestConsentURL(t *testing.T) {
	t.Parallel()
	verifier := NewVerifier()
	sum := sha256.Sum256([]byte(verifier.Reveal()))
	c := Consent{Base: "https://host.example.com/api", ClientID: "a&b", Redirect: "https://me.example.com/back?x=1", State: "s t", Verifier: verifier}
	address, err := c.URL(sdk.OAuth2{AuthorizeURL: "/authorize?tenant=1", Scope: "read write"})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{"tenant": {"1"}, "client_id": {"a&b"}, "redirect_uri": {"https://me.example.com/back?x=1"}, "state": {"s t"}, "response_type": {"code"}, "scope": {"read write"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
	if got := u.Query(); u.Host != "host.example.com" || u.Path != "/authorize" || got.Encode() != want.Encode() {
		t.Errorf("address %s, want %v", address, want)
	}
	for _, raw := range []string{"//evil.example.com/a", "javascript:alert(1)", ""} {
		if address, err := c.URL(sdk.OAuth2{AuthorizeURL: raw}); err == nil {
			t.Errorf("authorize URL %q gives %s", raw, address)
		}
	}
}

func TestExchangeSendsTheVerifier(t *testing.T) {
	t.Parallel()
	w := setup(t)
	verifier := NewVerifier()
	if _, err := w.creds.Exchange(t.Context(), *auth().OAuth2, w.client(), canary+"-code", verifier); err != nil {
		t.Fatal(err)
	}
	if got := w.provider.requests[0]["code_verifier"]; got != verifier.Reveal() {
		t.Errorf("code_verifier %q", got)
	}
}

func TestKeepAndReauthorize(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(t, w.client())
	keeping := auth()
	keeping.OAuth2.RefreshTokenLife = 30 * 24 * 3600
	for _, c := range []struct {
		after time.Duration
		want  bool
	}{{0, false}, {19 * 24 * time.Hour, false}, {2 * 24 * time.Hour, true}, {time.Hour, false}} {
		w.clock.add(c.after)
		if kept, err := w.creds.Keep(t.Context(), w.ref, keeping); err != nil || kept != c.want {
			t.Errorf("after another %v: kept %v, %v", c.after, kept, err)
		}
	}
	before, err := w.creds.Load(t.Context(), w.ref)
	if err != nil {
		t.Fatal(err)
	}
	fresh := &Tokens{Access: "a", Refresh: "r", Obtained: w.clock.Now(), Expiry: w.clock.Now().Add(time.Hour)}
	if err := w.creds.Reauthorize(t.Context(), w.ref, fresh, setting("k", "v")); err != nil {
		t.Fatal(err)
	}
	after, err := w.node(t).Load(t.Context(), w.ref)
	if err != nil || !after.Tokens.same(fresh) || after.Generation != before.Generation+1 || after.Values["k"] != "v" || after.Values["oauth.api.key"] != "key-1" {
		t.Errorf("generation %d after %d, %v", after.Generation, before.Generation, err)
	}
	if err := w.creds.Reauthorize(t.Context(), Ref{ID: "none"}, fresh, nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("no credential: %v", err)
	}
}

func setting(key string, value Secret) func(map[string]Secret) {
	return func(values map[string]Secret) { values[key] = value }
}

// A shared credential is found by its term after a refresh, too.
func TestSharedCredentialKeepsItsTerm(t *testing.T) {
	t.Parallel()
	ref := Shared("17/acton", "main")
	if index := ref.index(); len(index) != 1 || index[0] != SharedTerm {
		t.Errorf("index %v", index)
	}
	if index := (Ref{ID: "17"}).index(); index != nil {
		t.Errorf("index of an instance's own %v", index)
	}
}
