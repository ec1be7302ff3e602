package sim

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// Grant types.
const (
	grantPassword = "password"
	grantCode     = "authorization_code"
	grantRefresh  = "refresh_token"
)

// token answers POST /token.
func (s *Sim) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.refuseOAuth(w, http.StatusBadRequest, "invalid_request", "The body could not be read.")
		return
	}
	kind := r.Form.Get("grant_type") // the body or the query
	secret, known := s.config.Clients[r.PostForm.Get("client_id")]
	granted := false
	switch {
	case !known || secret != r.PostForm.Get("client_secret"):
		s.refuseOAuth(w, http.StatusUnauthorized, "access_denied", "Unauthorized")
	case kind != grantPassword && kind != grantCode && kind != grantRefresh:
		s.refuseOAuth(w, http.StatusBadRequest, "unsupported_grant_type", "grant_type can be password, authorization_code or refresh_token.")
	case kind != grantRefresh && !s.calls.authenticate(s.Clock.Now(), s.options):
		s.throttle(w, time.Hour)
	default:
		granted = s.exchange(w, r, kind)
	}
	s.tokens.stats.count(kind, granted)
}

// exchange answers a grant of a known client and tells whether it was given.
func (s *Sim) exchange(w http.ResponseWriter, r *http.Request, kind string) bool {
	form := r.PostForm
	client := form.Get("client_id")
	var o owner
	var ok bool
	refusal := "Unknown or invalid refresh token."
	switch kind {
	case grantPassword:
		refusal = "Wrong email or password."
		password, known := s.config.Users[form.Get("username")]
		o, ok = owner{client, form.Get("username")}, known && password == form.Get("password")
	case grantCode:
		refusal = "Unknown or invalid authorization code."
		o, ok = s.useCode(client, form.Get("code"), form.Get("redirect_uri"), form.Get("code_verifier"))
	default:
		o, ok = s.useRefresh(client, form.Get("refresh_token"))
	}
	if !ok {
		s.refuseOAuth(w, http.StatusForbidden, "invalid_grant", refusal)
		return false
	}
	s.answer(w, http.StatusOK, s.tokenBody(s.issue(o)))
	return true
}

// useCode spends a code; one that is shown with a wrong client or redirect is spent as well.
// One that was asked for with a challenge needs its verifier.
func (s *Sim) useCode(client, text, redirect, verifier string) (owner, bool) {
	c, found := s.tokens.codes[text]
	delete(s.tokens.codes, text)
	sum := sha256.Sum256([]byte(verifier))
	proved := c.challenge == "" || c.challenge == base64.RawURLEncoding.EncodeToString(sum[:])
	good := found && proved && c.owner.client == client && (c.redirect == "" || c.redirect == redirect)
	return c.owner, good && s.Clock.Now().Before(c.until)
}

func (s *Sim) useRefresh(client, text string) (owner, bool) {
	g, found := s.tokens.refresh[text]
	if !found || g.owner.client != client {
		return owner{}, false
	}
	return g.owner, s.Clock.Now().Before(g.refreshUntil)
}

func (s *Sim) tokenBody(g *grant) []byte {
	life := int64(g.accessUntil.Sub(s.Clock.Now()) / time.Second)
	var o simkit.Object
	switch s.options.TokenStyle {
	case TokenPre2019:
		o.String("token_type", "bearer").Int("expires_in", life).String("refresh_token", g.refresh).String("access_token", g.access)
	case TokenScopeDefault:
		o.String("access_token", g.access).String("refresh_token", g.refresh).String("scope", "default").
			String("token_type", "Bearer").Int("expires_in", life)
	default:
		o.String("access_token", g.access).String("refresh_token", g.refresh).String("scope", "offline-access").
			String("token_type", "Bearer").Int("expires_in", life)
	}
	return o.Bytes()
}

// count counts an answer; all unknown grant types are one.
func (t *TokenStats) count(kind string, granted bool) {
	if kind != grantPassword && kind != grantCode && kind != grantRefresh {
		kind = "other"
	}
	if granted {
		t.Issued[kind]++
		return
	}
	t.Refused[kind]++
}
