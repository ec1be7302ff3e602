package credential

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/egress"
)

func TestExchange(t *testing.T) {
	t.Parallel()
	w := setup(t)
	tokens, err := w.creds.Exchange(t.Context(), *auth().OAuth2, w.client(), canary+"-code", "")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"": "POST /token", "type": "application/x-www-form-urlencoded", "authorization": "", "grant_type": "authorization_code",
		"code": canary + "-code", "client_id": "key-1", "client_secret": canary + "-client", "redirect_uri": "https://x.example/cb"}
	if diff := cmp.Diff(want, w.provider.requests[0]); diff != "" {
		t.Error(diff)
	}
	if tokens.Access != canary+"-access-1" || tokens.Refresh != canary+"-refresh-1" || !tokens.Expiry.Equal(w.clock.Now().Add(time.Hour)) || !tokens.Obtained.Equal(w.clock.Now()) {
		t.Errorf("tokens of %v to %v", tokens.Obtained, tokens.Expiry)
	}
	header := *auth().OAuth2
	header.AuthStyle = "header"
	if _, err = w.creds.Exchange(t.Context(), header, w.client(), canary+"-code", ""); err != nil {
		t.Fatal(err)
	}
	if got := w.provider.requests[1]; !strings.HasPrefix(got["authorization"], "Basic ") || got["client_secret"] != "" {
		t.Errorf("auth style header sent %v", got)
	}
	if w.provider.count() != 2 {
		t.Errorf("%d requests, want one each", w.provider.count())
	}
}

func TestTokenURL(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ url, base, want string }{
		{"/token", "https://api.actonsoftware.com", "https://api.actonsoftware.com/token"},
		{"/token?grant_type=password", "https://h:8443/a/b/", "https://h:8443/token?grant_type=password"},
		{"https://login.example/t", "https://h", "https://login.example/t"},
		{"https://login.example/t", "", "https://login.example/t"},
		{"/token", "", ""}, {"/token", "h", ""}, {"/token", "ftp://h", ""}, {"/token", "https://u:p@h", ""}, {"//evil.example/t", "https://h", ""},
		{"", "https://h", ""}, {"token", "https://h", ""}, {"ftp://h/t", "https://h", ""}, {"https://u:p@h/t", "https://h", ""},
	} {
		got, err := tokenURL(tt.url, tt.base)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%q on %q = %q, %v, want %q", tt.url, tt.base, got, err, tt.want)
		}
	}
}

// The variants that providers are known to send (Act-On's of several years among them).
func TestTokenAnswers(t *testing.T) {
	t.Parallel()
	const access = canary + "-a"
	hour, unknown := time.Hour, time.Duration(0)
	tests := []struct {
		contentType, body string
		life              time.Duration
		refresh           Secret
	}{
		{"application/json", `{"access_token":"` + access + `","refresh_token":"r2","scope":"offline-access","token_type":"Bearer","expires_in":3600}`, hour, "r2"},
		{"application/json", `{"access_token":"` + access + `","refresh_token":"r2","scope":"default","token_type":"bearer","expires_in":86400}`, 24 * hour, "r2"},
		{"application/json;charset=UTF-8", `{"access_token":"` + access + `","expires_in":"3600"}`, hour, canary + "-refresh-0"},
		{"text/html", `{"access_token":"` + access + `","expires_in":3600.9,"refresh_token":null}`, hour, canary + "-refresh-0"},
		{"text/plain", `{"access_token":"` + access + `","expires_in":"3600.0","refresh_token":""}`, hour, canary + "-refresh-0"},
		{"", ` {"access_token":"` + access + `","expires_in":"soon","token_type":7,"refresh_token":"r2"}`, unknown, "r2"},
		{"application/json", `{"access_token":"` + access + `","expires_in":0}`, unknown, canary + "-refresh-0"},
		{"application/json", `{"access_token":"` + access + `","expires_in":-5}`, unknown, canary + "-refresh-0"},
		{"application/json", `{"access_token":"` + access + `","expires_in":1e30}`, (1<<31 - 1) * time.Second, canary + "-refresh-0"},
		{"application/json", `{"access_token":"` + access + `","expires_in":null,"error":null}`, unknown, canary + "-refresh-0"},
		{"application/x-www-form-urlencoded", `access_token=` + access + `&refresh_token=r2&token_type=BEARER`, unknown, "r2"},
	}
	for _, tt := range tests {
		w := setup(t)
		w.create(t, w.client())
		w.provider.answer = func(out http.ResponseWriter, _ *http.Request) {
			out.Header().Set("Content-Type", tt.contentType)
			_, _ = io.WriteString(out, tt.body)
		}
		a, err := w.creds.Refresh(t.Context(), w.ref, auth(), 1)
		if got := bearer(t, a, err); got != "Bearer "+access {
			t.Errorf("%s: sent %s", tt.body, got)
		}
		s, err := w.creds.Load(t.Context(), w.ref)
		if err != nil {
			t.Fatal(err)
		}
		want := time.Time{}
		if tt.life != 0 {
			want = w.clock.Now().Add(tt.life)
		}
		if !s.Tokens.Expiry.Equal(want) || s.Tokens.Refresh != tt.refresh {
			t.Errorf("%s: expiry %v, want %v; refresh %q", tt.body, s.Tokens.Expiry, want, s.Tokens.Refresh.Reveal())
		}
	}
}

func TestManifestsLifeHoldsWhenTheAnswerNamesNone(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.provider.answer = func(out http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(out, `{"access_token":"a"}`) }
	config := *auth().OAuth2
	config.AccessTokenLife = 1800
	tokens, err := w.creds.Exchange(t.Context(), config, w.client(), "c", "")
	if err != nil || !tokens.Expiry.Equal(w.clock.Now().Add(30*time.Minute)) || tokens.Refresh != "" {
		t.Errorf("%v", err)
	}
}

func TestTokenFaultsAreToldApart(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status int
		body   string
		want   error
		words  string
	}{
		{403, `{"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}`, ErrReauthenticate, "Unknown or invalid refresh token."},
		{400, `{"error":"invalid_grant","error_description":"Wrong email or password."}`, ErrReauthenticate, "Wrong email or password."},
		{400, `{"error":"invalid_grant"}`, ErrReauthenticate, "invalid_grant"},
		{200, `{"error":"invalid_grant"}`, ErrReauthenticate, "invalid_grant"},
		{401, `{"error":"access_denied","error_description":"Unauthorized"}`, ErrRejected, "Unauthorized"},
		{400, `{"error":"invalid_client","error_description":"bad ` + canary + `-client and ` + canary + `-refresh-0"}`, ErrRejected, "bad ******** and ********"},
		{400, `{"error":{"message":"deep","code":5}}`, ErrRejected, "deep"},
		{401, `{"httpCode":"401","httpMessage":"Unauthorized","moreInformation":""}`, ErrRejected, "Unauthorized"},
		{404, `<html>` + canary + `</html>`, ErrRejected, "404"},
		{302, ``, ErrRejected, "302"},
		{429, `{"httpCode":"429","httpMessage":"Too Many Requests","moreInformation":"Rate Limit exceeded"}`, ErrTransient, "Rate Limit exceeded"},
		{503, `{"fault":{"code":900800,"message":"Message throttled out"}}`, ErrTransient, "Message throttled out"},
		{400, `{"error":"temporarily_unavailable"}`, ErrTransient, "temporarily_unavailable"},
		{500, `` + canary + ``, ErrTransient, "500"},
		{200, `{"token":"` + canary + `"}`, ErrTransient, "not a token"},
		{200, `` + canary + `&x=%zz`, ErrTransient, "not a token"},
		{400, "{\"error\":\"x\",\"error_description\":\"a\\u0000b\\nc" + strings.Repeat("d", 1000) + "\"}", ErrRejected, "a b c"},
	}
	for _, tt := range tests {
		w := setup(t)
		w.create(t, w.client())
		w.provider.answer = func(out http.ResponseWriter, _ *http.Request) {
			out.Header().Set("Retry-After", "30")
			out.WriteHeader(tt.status)
			_, _ = io.WriteString(out, tt.body)
		}
		_, refresh := w.creds.Refresh(t.Context(), w.ref, auth(), 1)
		_, exchange := w.creds.Exchange(t.Context(), *auth().OAuth2, w.client(), canary+"-code", "")
		for _, err := range []error{refresh, exchange} {
			var fault *TokenError
			if !errors.Is(err, tt.want) || !errors.As(err, &fault) {
				t.Errorf("%d %s: %v, want %v", tt.status, tt.body, err, tt.want)
				continue
			}
			if !strings.Contains(refresh.Error(), tt.words) || len(err.Error()) > 600 {
				t.Errorf("%d %s: %v, want the words %q", tt.status, tt.body, err, tt.words)
			}
			if text := shown(t, err) + shown(t, errors.Unwrap(err)); leaks(text) {
				t.Errorf("%d %s: the error tells a secret: %s", tt.status, tt.body, text)
			}
			if fault.Status != 0 && (fault.Status != tt.status || fault.RetryAfter != 30*time.Second) {
				t.Errorf("%d: status %d, retry after %v", tt.status, fault.Status, fault.RetryAfter)
			}
		}
		if leaks(w.log.String()) {
			t.Errorf("the log tells a secret: %s", w.log)
		}
		if s, err := w.creds.Load(t.Context(), w.ref); err != nil || s.Generation != 1 {
			t.Errorf("%d: something was stored", tt.status)
		}
	}
}

func TestTokenEndpointThatCannotBeReached(t *testing.T) {
	t.Parallel()
	w := setup(t)
	guarded, err := egress.New(egress.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guarded.Close)
	cut := func(out http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }
	for name, tt := range map[string]struct {
		client *http.Client
		base   string
		want   []error
	}{
		"nobody listens":  {w.http, "http://127.0.0.1:1", []error{ErrTransient, egress.ErrDial}},
		"cut":             {w.http, w.provider.url, []error{ErrTransient, egress.ErrReset}},
		"private address": {guarded.HTTP(), w.provider.url, []error{ErrRejected, egress.ErrRefused}},
	} {
		w.provider.set(func(p *provider) { p.answer = cut })
		c, err := New(Config{Vault: w.vault, Store: w.store, HTTP: tt.client})
		if err != nil {
			t.Fatal(err)
		}
		credential := w.client()
		credential.Base = tt.base
		_, err = c.Exchange(t.Context(), *auth().OAuth2, credential, canary, "")
		for _, want := range tt.want {
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
		}
		if leaks(fmt.Sprint(err)) {
			t.Errorf("%s: the error tells a secret: %v", name, err)
		}
	}
	config := *auth().OAuth2
	config.AuthStyle = "guess"
	if _, err := w.creds.Exchange(t.Context(), config, w.client(), "c", ""); err == nil || !strings.Contains(err.Error(), "guess") {
		t.Errorf("unknown auth style: %v", err)
	}
	if _, err := w.creds.Exchange(t.Context(), *auth().OAuth2, Credential{Base: w.provider.url}, "c", ""); !errors.Is(err, ErrMissingValue) {
		t.Errorf("no client id: %v", err)
	}
}

func FuzzTidy(f *testing.F) {
	for _, seed := range []string{`{"access_token":"a","expires_in":"3600"}`, `{"error":{"message":"m"}}`, `[]`, `null`, `{"expires_in":1e400}`, `{"fault":{"error":{"fault":{}}}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		out, ok := tidy(body)
		if !ok {
			return
		}
		again, ok := tidy(out)
		if !ok || string(again) != string(out) {
			t.Errorf("%s became %s, then %s", body, out, again)
		}
	})
}
