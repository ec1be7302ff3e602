package sim

import (
	"cmp"
	"html/template"
	"net/http"
	"net/url"
	"slices"
)

// consentPage is what GET /authorize shows under Options.ConsentPage.
type consentPage struct{ *template.Template }

func newConsentPage() consentPage {
	return consentPage{template.Must(template.New("consent").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Act-On (simulated)</title>
<h1>Allow access?</h1><p>{{.ClientID}} asks for access to the account of {{.User}}: {{.Scope}}.</p>
<form method="post" action="/authorize">
<input type="hidden" name="response_type" value="code"><input type="hidden" name="client_id" value="{{.ClientID}}">
<input type="hidden" name="redirect_uri" value="{{.Redirect}}"><input type="hidden" name="state" value="{{.State}}">
<input type="hidden" name="username" value="{{.User}}"><input type="hidden" name="scope" value="{{.Scope}}">
<input type="hidden" name="code_challenge" value="{{.Challenge}}"><input type="hidden" name="code_challenge_method" value="{{.Method}}">
<button name="decision" value="allow">Allow</button> <button name="decision" value="deny">Deny</button>
</form></html>
`))}
}

// consent is a request for a code, understood.
type consent struct {
	ClientID, User, Redirect, State string
	Scope, Challenge, Method        string // of PKCE (RFC 7636) the last two; empty without
	target                          *url.URL
}

// authorize answers GET and POST /authorize. `username` chooses the user and is for tests only.
func (s *Sim) authorize(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.refuseOAuth(w, http.StatusBadRequest, "invalid_request", "The request could not be read.")
		return
	}
	c := consent{
		ClientID: r.Form.Get("client_id"), User: cmp.Or(r.Form.Get("username"), s.config.Username),
		Redirect: cmp.Or(r.Form.Get("redirect_uri"), r.Form.Get("callbackUrl")), State: r.Form.Get("state"),
		Scope: cmp.Or(r.Form.Get("scope"), scope), Challenge: r.Form.Get("code_challenge"), Method: r.Form.Get("code_challenge_method"),
	}
	target, err := url.Parse(c.Redirect)
	_, knownClient := s.config.Clients[c.ClientID]
	_, knownUser := s.config.Users[c.User]
	switch {
	case !knownClient || !knownUser:
		s.refuseOAuth(w, http.StatusUnauthorized, "access_denied", "Unauthorized")
	case r.Form.Get("response_type") != "code":
		s.refuseOAuth(w, http.StatusBadRequest, "unsupported_response_type", "response_type can be code.")
	case c.Scope != scope:
		s.refuseOAuth(w, http.StatusBadRequest, "invalid_scope", "scope can be PRODUCTION.")
	case c.Challenge != "" && c.Method != "S256":
		s.refuseOAuth(w, http.StatusBadRequest, "invalid_request", "code_challenge_method can be S256.")
	case err != nil || target.Host == "" || target.Scheme != "http" && target.Scheme != "https":
		s.refuseOAuth(w, http.StatusBadRequest, "invalid_request", "redirect_uri must be an absolute http or https address.")
	case len(s.config.Redirects) > 0 && !slices.Contains(s.config.Redirects, c.Redirect):
		s.refuseOAuth(w, http.StatusBadRequest, "invalid_request", "redirect_uri is not registered.") // never a redirect: it would be an open one
	case r.Method == http.MethodGet && s.options.ConsentPage:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = s.consentPage.Execute(w, c) // into a buffer
	case r.Method == http.MethodPost && r.PostForm.Get("decision") != "allow" && r.PostForm.Get("decision") != "deny":
		s.refuseOAuth(w, http.StatusBadRequest, "invalid_request", "decision can be allow or deny.")
	default:
		c.target = target
		s.decide(w, c, r.Form.Get("decision") != "deny")
	}
}

// scope is the only one that there is.
const scope = "PRODUCTION"

// decide redirects with a code, or with an error when access was denied.
func (s *Sim) decide(w http.ResponseWriter, c consent, allowed bool) {
	q := c.target.Query()
	if allowed {
		q.Set("code", s.issueCode(owner{c.ClientID, c.User}, c.Redirect, c.Challenge))
	} else {
		q.Set("error", "access_denied")
	}
	if c.State != "" {
		q.Set("state", c.State)
	}
	to := *c.target
	to.RawQuery = q.Encode()
	w.Header().Set("Location", to.String())
	w.WriteHeader(http.StatusFound)
}
