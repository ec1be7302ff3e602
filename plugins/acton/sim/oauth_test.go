package sim

import (
	"maps"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

func (w *world) works(access string) bool {
	w.t.Helper()
	resp, _ := w.do("GET", "/api/1/list", "", "Authorization", "Bearer "+access)
	return resp.StatusCode == 200
}

func TestRefreshTokensRotateAndAreUsedOnce(t *testing.T) {
	w := setup(t, free())
	code, err := w.sim.IssueCode("", "")
	if err != nil {
		t.Fatal(err)
	}
	first := w.granted("grant_type", "authorization_code", "code", code, "redirect_uri", "http://127.0.0.1/x")
	second := w.granted("grant_type", "refresh_token", "refresh_token", first.Refresh)
	if first.Access == second.Access || first.Refresh == second.Refresh {
		t.Fatal("a refresh must give a new access and a new refresh token")
	}
	if w.works(first.Access) || !w.works(second.Access) {
		t.Error("only the newest access token may work")
	}
	if status, got := w.token("grant_type", "refresh_token", "refresh_token", first.Refresh); status != 403 || got != sample(t, "token_403_bad_refresh") {
		t.Errorf("second use: %d %s, want 403", status, got)
	}
	if !w.works(second.Access) {
		t.Error("a refused refresh must not end the living token")
	}
	if status, _ := w.token("grant_type", "authorization_code", "code", code); status != 403 {
		t.Errorf("second use of the code: %d, want 403", status)
	}
	stats := w.sim.TokenStats()
	if stats.Issued["refresh_token"] != 1 || stats.Refused["refresh_token"] != 1 || stats.Issued["authorization_code"] != 1 || stats.Refused["authorization_code"] != 1 {
		t.Errorf("stats %+v", stats)
	}
}

func TestANewGrantEndsTheTokensOfTheSameClientAndUserOnly(t *testing.T) {
	w := setup(t, Config{Users: map[string]string{"two@example.com": "pw"}, Clients: map[string]string{"other": "s"}, Options: Options{PerSecond: -1}})
	one := w.granted("grant_type", "password", "username", "owner@example.com", "password", "sim-password")
	two := w.granted("grant_type", "password", "username", "two@example.com", "password", "pw")
	foreign := w.granted("grant_type", "password", "username", "owner@example.com", "password", "sim-password", "client_id", "other", "client_secret", "s")
	if w.works(w.access) || !w.works(one.Access) || !w.works(two.Access) || !w.works(foreign.Access) {
		t.Error("only the token of the same client and user may end")
	}
	again := w.granted("grant_type", "password", "username", "owner@example.com", "password", "sim-password")
	if w.works(one.Access) || !w.works(again.Access) {
		t.Error("the new token must end the previous one")
	}
	if status, _ := w.token("grant_type", "refresh_token", "refresh_token", one.Refresh); status != 403 {
		t.Errorf("refresh token of the ended grant: %d, want 403", status)
	}
	if status, _ := w.token("grant_type", "refresh_token", "refresh_token", two.Refresh, "client_id", "other", "client_secret", "s"); status != 403 {
		t.Errorf("refresh token of another client: %d, want 403", status)
	}
}

func TestTokensExpire(t *testing.T) {
	w := setup(t, Config{Options: Options{AccessLife: simkit.Duration(2 * time.Minute), RefreshLife: simkit.Duration(time.Hour), PerSecond: -1}})
	g := w.granted("grant_type", "password", "username", "owner@example.com", "password", "sim-password")
	if g.Expires != 120 || !w.works(g.Access) {
		t.Errorf("expires_in %d, want 120 and a working token", g.Expires)
	}
	w.advance(2*time.Minute - time.Millisecond)
	if !w.works(g.Access) {
		t.Error("expired too early")
	}
	w.advance(time.Millisecond)
	if w.works(g.Access) {
		t.Error("works after its life")
	}
	g = w.granted("grant_type", "refresh_token", "refresh_token", g.Refresh)
	w.sim.ExpireTokens()
	if w.works(g.Access) {
		t.Error("works after ExpireTokens")
	}
	g = w.granted("grant_type", "refresh_token", "refresh_token", g.Refresh)
	w.advance(time.Hour)
	if status, _ := w.token("grant_type", "refresh_token", "refresh_token", g.Refresh); status != 403 {
		t.Errorf("old refresh token: %d, want 403", status)
	}
	g = w.granted("grant_type", "password", "username", "owner@example.com", "password", "sim-password")
	w.sim.RevokeTokens()
	if status, _ := w.token("grant_type", "refresh_token", "refresh_token", g.Refresh); status != 403 || w.works(g.Access) {
		t.Error("works after RevokeTokens")
	}
}

// Two refreshes with one token: one wins, whatever the order.
func TestConcurrentRefreshesHaveOneWinner(t *testing.T) {
	w := setup(t, free())
	_, refresh, err := w.sim.IssueToken("")
	if err != nil {
		t.Fatal(err)
	}
	var won atomic.Int64
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			if status, _ := w.token("grant_type", "refresh_token", "refresh_token", refresh); status == 200 {
				won.Add(1)
			}
		})
	}
	wait.Wait()
	if won.Load() != 1 {
		t.Errorf("%d refreshes won, want 1", won.Load())
	}
}

// The answer of a rotation may be lost: the old token is spent nevertheless.
func TestARotationWhoseAnswerIsLost(t *testing.T) {
	w := setup(t, free())
	_, refresh, err := w.sim.IssueToken("")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.sim.Faults.Add(simkit.Fault{Prefix: "/token", Cut: simkit.CutAfter}); err != nil {
		t.Fatal(err)
	}
	form := url.Values{"client_id": {"sim-client"}, "client_secret": {"sim-secret"}, "grant_type": {"refresh_token"}, "refresh_token": {refresh}}
	if resp, err := w.client.PostForm(w.url+"/token", form); err == nil {
		resp.Body.Close()
		t.Fatal("the answer was not lost")
	}
	if status, _ := w.token("grant_type", "refresh_token", "refresh_token", refresh); status != 403 {
		t.Errorf("the spent token: %d, want 403", status)
	}
}

func TestAuthorize(t *testing.T) {
	w := setup(t, Config{Users: map[string]string{"two@example.com": "pw"}})
	const back = "http://127.0.0.1:9/cb?x=1"
	for _, name := range []string{"redirect_uri", "callbackUrl"} {
		q := url.Values{"scope": {"PRODUCTION"}, "response_type": {"code"}, "client_id": {"sim-client"}, name: {back}, "state": {"acton &"}}
		resp, _ := w.do("GET", "/authorize?"+q.Encode(), "")
		to, err := url.Parse(resp.Header.Get("Location"))
		if err != nil || resp.StatusCode != 302 || to.Host != "127.0.0.1:9" || to.Query().Get("x") != "1" || to.Query().Get("state") != "acton &" {
			t.Fatalf("%s: %d to %s", name, resp.StatusCode, to)
		}
		if status, _ := w.token("grant_type", "authorization_code", "code", to.Query().Get("code"), "redirect_uri", back); status != 200 {
			t.Errorf("%s: exchange %d, want 200", name, status)
		}
	}
	code, err := w.sim.IssueCode("two@example.com", back)
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := w.token("grant_type", "authorization_code", "code", code, "redirect_uri", "http://127.0.0.1:9/else"); status != 403 {
		t.Errorf("another redirect address: %d, want 403", status)
	}
	if code, err = w.sim.IssueCode("", ""); err != nil {
		t.Fatal(err)
	}
	w.advance(codeLife)
	if status, _ := w.token("grant_type", "authorization_code", "code", code); status != 403 {
		t.Errorf("old code: %d, want 403", status)
	}
	for query, want := range map[string]int{
		"client_id=x&response_type=code&redirect_uri=" + back:                      401,
		"client_id=sim-client&response_type=token&redirect_uri=" + back:            400,
		"client_id=sim-client&response_type=code&redirect_uri=javascript:alert(1)": 400,
		"client_id=sim-client&response_type=code":                                  400,
		"client_id=sim-client&response_type=code&username=x&redirect_uri=" + back:  401,
	} {
		if resp, got := w.do("GET", "/authorize?"+query, ""); resp.StatusCode != want || resp.Header.Get("Location") != "" {
			t.Errorf("%s: %d %s, want %d", query, resp.StatusCode, got, want)
		}
	}
	if _, err := w.sim.IssueCode("nobody", ""); err == nil {
		t.Error("a code for an unknown user")
	}
}

func TestConsentPage(t *testing.T) {
	w := setup(t, Config{Options: Options{ConsentPage: true}})
	query := url.Values{"response_type": {"code"}, "client_id": {"sim-client"}, "redirect_uri": {"http://127.0.0.1:9/cb"}, "state": {`"><script>`}}
	resp, page := w.do("GET", "/authorize?"+query.Encode(), "")
	if resp.StatusCode != 200 || !contains(page, "<form") || contains(page, "<script>") {
		t.Fatalf("%d %s, want a page with the state escaped", resp.StatusCode, page)
	}
	for name, value := range map[string]string{"scope": "EVERYTHING", "code_challenge": "x", "redirect_uri": "javascript:alert(1)"} {
		wrong := maps.Clone(query)
		wrong[name] = []string{value}
		if resp, _ := w.do("GET", "/authorize?"+wrong.Encode(), ""); resp.StatusCode != 400 {
			t.Errorf("%s=%s: %d, want 400", name, value, resp.StatusCode)
		}
	}
	if resp, _ := w.do("POST", "/authorize", query.Encode(), "Content-Type", "application/x-www-form-urlencoded"); resp.StatusCode != 400 {
		t.Errorf("without a decision: %d, want 400", resp.StatusCode)
	}
	for decision, want := range map[string]string{"allow": "code", "deny": "error"} {
		query.Set("decision", decision)
		resp, _ := w.do("POST", "/authorize", query.Encode(), "Content-Type", "application/x-www-form-urlencoded")
		to, err := url.Parse(resp.Header.Get("Location"))
		if err != nil || resp.StatusCode != 302 || to.Query().Get(want) == "" || to.Query().Get("state") != `"><script>` {
			t.Errorf("%s: %d to %s, want %s", decision, resp.StatusCode, to, want)
		}
	}
}

// With registered addresses nobody is sent elsewhere, whatever is decided, by page or at once.
func TestOnlyRegisteredRedirects(t *testing.T) {
	const back = "http://127.0.0.1:9/cb"
	w := setup(t, Config{Redirects: []string{back}})
	for _, page := range []bool{false, true} {
		if err := w.sim.SetOptions(func(o *Options) { o.ConsentPage = page }); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"redirect_uri", "callbackUrl"} {
			for to, want := range map[string]int{back: 302, back + "/more": 400, "http://127.0.0.1:9/cb?x=1": 400, "http://evil.example.com/cb": 400} {
				for _, decision := range []string{"allow", "deny"} {
					query := url.Values{"response_type": {"code"}, "client_id": {"sim-client"}, name: {to}, "decision": {decision}}
					resp, got := w.do("POST", "/authorize", query.Encode(), "Content-Type", "application/x-www-form-urlencoded")
					if resp.StatusCode != want || (resp.Header.Get("Location") != "") != (want == 302) {
						t.Errorf("%s=%s, %s: %d to %q %s, want %d", name, to, decision, resp.StatusCode, resp.Header.Get("Location"), got, want)
					}
				}
				if resp, _ := w.do("GET", "/authorize?"+url.Values{"response_type": {"code"}, "client_id": {"sim-client"}, name: {to}}.Encode(), ""); want == 400 && resp.StatusCode != 400 {
					t.Errorf("GET %s=%s: %d, want 400", name, to, resp.StatusCode)
				}
			}
		}
	}
}

// A code that was asked for with a challenge is good with its verifier only (vector of RFC 7636, appendix B).
func TestCodeWithChallenge(t *testing.T) {
	w := setup(t, Config{})
	for verifier, want := range map[string]int{"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk": 200, "another": 403, "": 403} {
		query := url.Values{"response_type": {"code"}, "client_id": {"sim-client"}, "redirect_uri": {"http://127.0.0.1:9/cb"},
			"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"}}
		resp, _ := w.do("GET", "/authorize?"+query.Encode(), "")
		to, err := url.Parse(resp.Header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		status, got := w.token("grant_type", "authorization_code", "code", to.Query().Get("code"), "redirect_uri", "http://127.0.0.1:9/cb", "code_verifier", verifier)
		if status != want {
			t.Errorf("verifier %q: %d %s, want %d", verifier, status, got, want)
		}
	}
}

func TestFiveAuthenticationsPerHour(t *testing.T) {
	w := setup(t, Config{Options: Options{RetryAfter: true}})
	password := []string{"grant_type", "password", "username", "owner@example.com", "password", "sim-password"}
	var last string
	for range 5 {
		last = w.granted(password...).Refresh
		w.advance(time.Minute)
	}
	if status, got := w.token(password...); status != 429 || got != sample(t, "gateway_429_INFERRED") {
		t.Errorf("sixth: %d %s, want 429", status, got)
	}
	w.granted("grant_type", "refresh_token", "refresh_token", last) // refreshes are not counted
	w.advance(55 * time.Minute)
	w.granted(password...) // the first is an hour old
	if status, _ := w.token(password...); status != 429 {
		t.Errorf("seventh: %d, want 429: only one place was free", status)
	}
	if err := w.sim.SetOptions(func(o *Options) { o.AuthPerHour = -1 }); err != nil {
		t.Fatal(err)
	}
	w.granted(password...)
}
