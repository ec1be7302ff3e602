package credential

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/pollwright/pollwright/engine/egress"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/engine/store/memstore"
	"github.com/pollwright/pollwright/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// auth is Act-On's: token URL relative to the host, client in the form body, rotating refresh tokens.
func auth() sdk.Auth {
	return sdk.Auth{Type: sdk.AuthOAuth2, OAuth2: &sdk.OAuth2{TokenURL: "/token", ClientID: "{oauth.api.key}", ClientSecret: "{oauth.api.secret}",
		RedirectURL: "{oauth.callback.url}", RotatesRefreshToken: true}}
}

// provider is a token endpoint with rotating single-use refresh tokens: one access and one refresh token are good at any time.
type provider struct {
	url string

	mu       sync.Mutex
	n        int    // tokens given
	refresh  string // the good one
	requests []map[string]string
	answer   http.HandlerFunc // replaces the answer; the request is counted
	arrived  chan struct{}    // if set, told of each request
	hold     chan struct{}    // if set, waited for before answering
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{refresh: canary + "-refresh-0"}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	form := map[string]string{"": r.Method + " " + r.URL.String(), "type": r.Header.Get("Content-Type"), "authorization": r.Header.Get("Authorization")}
	for name := range r.PostForm {
		form[name] = r.PostForm.Get(name)
	}
	p.mu.Lock()
	p.requests = append(p.requests, form)
	arrived, hold, answer := p.arrived, p.hold, p.answer
	p.mu.Unlock()
	if arrived != nil {
		arrived <- struct{}{}
	}
	if hold != nil {
		<-hold
	}
	if answer != nil {
		answer(w, r)
		return
	}
	p.give(w, form)
}

func (p *provider) give(w http.ResponseWriter, form map[string]string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	good := form["grant_type"] == "refresh_token" && form["refresh_token"] == p.refresh || form["grant_type"] == "authorization_code" && form["code"] == canary+"-code"
	if !good {
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprint(w, `{"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}`)
		return
	}
	p.n++
	p.refresh = fmt.Sprintf("%s-refresh-%d", canary, p.n)
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": fmt.Sprintf("%s-access-%d", canary, p.n), "refresh_token": p.refresh,
		"scope": "offline-access", "token_type": "Bearer", "expires_in": 3600})
}

func (p *provider) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.requests)
}

func (p *provider) set(change func(*provider)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// faulty is a store whose commits a test can watch and spoil.
type faulty struct {
	store.Store
	mu     sync.Mutex
	before func(ctx context.Context) error // an error: the commit is not tried
	after  func() error                    // an error: the commit went through, but the caller does not learn
}

func (f *faulty) Commit(ctx context.Context, changes ...store.Change) ([]store.Outcome, error) {
	f.mu.Lock()
	before, after := f.before, f.after
	f.mu.Unlock()
	if before != nil {
		if err := before(ctx); err != nil {
			return nil, err
		}
	}
	out, err := f.Store.Commit(ctx, changes...)
	if after != nil {
		if err := after(); err != nil {
			return nil, err
		}
	}
	return out, err
}

func (f *faulty) set(before func(context.Context) error, after func() error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before, f.after = before, after
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *clock) add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

// syncBuffer collects the log.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string { b.mu.Lock(); defer b.mu.Unlock(); return b.b.String() }

type world struct {
	provider *provider
	store    *faulty
	vault    *Vault
	http     *http.Client
	clock    *clock
	log      *syncBuffer
	creds    *Credentials
	ref      Ref
}

func setup(t *testing.T) *world {
	t.Helper()
	out, err := egress.New(egress.Config{AllowPrivate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.Close)
	w := &world{provider: newProvider(t), store: &faulty{Store: memstore.New(nil)}, vault: open(t, VaultConfig{Dir: dataDir(t)}), http: out.HTTP(),
		clock: &clock{now: time.Date(2026, 8, 13, 17, 30, 19, 0, time.UTC)}, log: &syncBuffer{}, ref: Ref{ID: "cred-1", Home: "17"}}
	w.creds = w.node(t)
	return w
}

// node is one more process on the same store.
func (w *world) node(t *testing.T) *Credentials {
	t.Helper()
	c, err := New(Config{Vault: w.vault, Store: w.store, HTTP: w.http, Now: w.clock.Now,
		Logger: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) create(t *testing.T, c Credential) {
	t.Helper()
	put, err := w.creds.Put(w.ref, c)
	w.commit(t, put, err)
}

func (w *world) commit(t *testing.T, put store.Put, err error) {
	t.Helper()
	if err == nil {
		_, err = store.One(w.store.Store.Commit(t.Context(), store.Change{Puts: []store.Put{put}}))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// client is a credential whose access token is good for an hour from now.
func (w *world) client() Credential {
	now := w.clock.Now()
	return Credential{Base: w.provider.url + "/icp", Values: map[string]Secret{"oauth.api.key": "key-1", "oauth.api.secret": canary + "-client", "oauth.callback.url": "https://x.example/cb"},
		Tokens: &Tokens{Access: canary + "-access-0", Refresh: canary + "-refresh-0", Obtained: now, Expiry: now.Add(time.Hour)}}
}

// bearer is the header that a request would carry.
func bearer(t *testing.T, a *Authorized, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return sent(t, a).Get("Authorization")
}

func sent(t *testing.T, a *Authorized) http.Header {
	t.Helper()
	req := httptest.NewRequest(http.MethodGet, "http://h/", nil)
	if err := a.Authorize(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	return req.Header
}
