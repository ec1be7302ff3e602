package command_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	acton "github.com/pollwright/pollwright/plugins/acton/sim"
)

// holding is a provider that can hold one request: it does, or does not do, what is asked, and answers only after the test has killed the
// program.
type holding struct {
	next http.Handler
	mu   sync.Mutex
	hold func(refreshed bool, r *http.Request) (held, after bool)
	seen bool          // a refresh was answered
	held chan struct{} // closed when a request is held
	done chan struct{} // closed when it may be let go
}

// arm has the next request that fits held: after the provider has done what it asks, or before.
func (h *holding) arm(hold func(refreshed bool, r *http.Request) (held, after bool)) (held, done chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hold, h.seen, h.held, h.done = hold, false, make(chan struct{}), make(chan struct{})
	return h.held, h.done
}

func (h *holding) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(text))
	h.mu.Lock()
	held, after, seen, done := false, false, h.held, h.done
	if h.hold != nil {
		if held, after = h.hold(h.seen, r); held {
			h.hold = nil
		}
	}
	h.seen = h.seen || isRefresh(r, text)
	h.mu.Unlock()
	r.Body = io.NopCloser(bytes.NewReader(text))
	if held && after {
		h.next.ServeHTTP(httptest.NewRecorder(), r) // done, and the answer is lost
	}
	if held {
		close(seen)
		<-done
		return
	}
	h.next.ServeHTTP(w, r)
}

func isRefresh(r *http.Request, body []byte) bool {
	return r.URL.Path == "/token" && strings.Contains(string(body), "grant_type=refresh_token")
}

// refreshWorld is the real program with one Act-On instance on a provider that can hold requests.
type refreshWorld struct {
	*killWorld
	provider *holding
	id       int64
}

func newRefreshWorld(t *testing.T) *refreshWorld {
	t.Helper()
	k := newKillWorld(t)
	w := &refreshWorld{killWorld: k, provider: &holding{next: k.acton}}
	s := httptest.NewServer(w.provider)
	t.Cleanup(s.Close)
	k.urls[1] = s.URL
	k.start()
	w.create()
	w.tell("before")
	return w
}

func (w *refreshWorld) create() {
	w.t.Helper()
	code, err := w.acton.IssueCode("", "https://mycoolapp.com")
	if err != nil {
		w.t.Fatal(err)
	}
	var made struct{ ID int64 }
	w.call(http.MethodPost, "/instances", map[string]any{"element": map[string]any{"key": "acton"}, "name": "Act-On", "providerData": map[string]any{"code": code}, "configuration": map[string]any{
		"base.url": w.urls[1], "event.notification.enabled": true, "event.notification.callback.url": w.urls[2] + "/events", "event.poller.refresh_interval": "0.0167",
		"event.notification.retries": "1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s", // the receiver refuses some on purpose
		"oauth.api.key":              "sim-client", "oauth.api.secret": "sim-secret", "oauth.callback.url": "https://mycoolapp.com", "listId": "l-0001"}}, &made)
	w.id = made.ID
}

// call makes a request of the API, again and again while the program starts.
func (w *refreshWorld) call(method, path string, body, into any) {
	w.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	for deadline := time.Now().Add(killPatience); ; pause(50 * time.Millisecond) {
		req, err := http.NewRequestWithContext(w.t.Context(), method, w.api+path, bytes.NewReader(text))
		if err != nil {
			w.t.Fatal(err)
		}
		req.Header.Set("Authorization", "User user, Organization org")
		req.Header.Set("Content-Type", "application/json")
		res, err := w.client.Do(req)
		if err != nil && time.Now().Before(deadline) {
			continue
		}
		if err != nil {
			w.t.Fatal(err)
		}
		answer, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode == http.StatusServiceUnavailable && time.Now().Before(deadline) {
			continue
		}
		if res.StatusCode != http.StatusOK {
			w.t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, answer)
		}
		if err := json.Unmarshal(answer, into); err != nil {
			w.t.Fatal(err)
		}
		return
	}
}

// add makes a contact at the provider.
func (w *refreshWorld) add(name string) {
	w.t.Helper()
	if _, err := w.acton.CreateContact(acton.Contact{Fields: map[string]string{"First Name": name}}); err != nil {
		w.t.Fatal(err)
	}
}

// tell makes a contact and waits until all that the provider has shown was told.
func (w *refreshWorld) tell(name string) {
	w.t.Helper()
	w.add(name)
	w.drain()
	if lost := w.missing(); len(lost) > 0 {
		w.t.Fatalf("lost after %s: %v\n%s", name, lost, tail(w.output.String()))
	}
}

// killWhenHeld waits for the armed request and kills the program before it is answered.
func (w *refreshWorld) killWhenHeld(held, done chan struct{}) {
	w.t.Helper()
	select {
	case <-held:
	case <-time.After(killPatience):
		w.t.Fatalf("the request that was to be held never came\n%s", tail(w.output.String()))
	}
	w.kill()
	close(done)
}

// verdict: everything was told, and once.
func (w *refreshWorld) verdict() {
	w.t.Helper()
	_, wrong := w.sink.repeats()
	for _, text := range wrong {
		w.t.Error(text)
	}
	for key := range w.sink.unknown(w.wanted()) {
		w.t.Errorf("told what never was: %v", key)
	}
}

// The program dies after a refresh, before the new token is used for the first time: it was stored before its use, so it is not lost.
func TestKilledBetweenRefreshAndUse(t *testing.T) {
	t.Parallel()
	w := newRefreshWorld(t)
	held, done := w.provider.arm(func(refreshed bool, r *http.Request) (bool, bool) {
		return refreshed && r.URL.Path != "/token", false
	})
	w.acton.ExpireTokens()
	w.add("during")
	w.killWhenHeld(held, done)
	w.start()
	w.tell("after")
	w.verdict()
	if stats := w.acton.TokenStats(); stats.Issued["refresh_token"] != 1 || len(stats.Refused) > 0 {
		t.Errorf("%+v, want one refresh and nothing refused", stats)
	}
}

// The program dies after the provider has rotated the refresh token, before the answer came: nobody has the new one. The instance says that
// it must be authorized again; once it was, everything is told that came meanwhile.
func TestKilledBetweenRotationAndAnswer(t *testing.T) {
	t.Parallel()
	w := newRefreshWorld(t)
	held, done := w.provider.arm(func(_ bool, r *http.Request) (bool, bool) {
		text, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(text))
		return isRefresh(r, text), true
	})
	w.acton.ExpireTokens()
	w.add("during")
	w.killWhenHeld(held, done)
	w.start()
	stopped := w.awaitStop()
	if !strings.Contains(stopped, fmt.Sprintf(`"instanceId": %d`, w.id)) || !strings.Contains(stopped, "invalid_grant") {
		t.Errorf("the reason is %q", stopped)
	}
	w.add("while stopped")
	w.consent()
	w.tell("after")
	w.verdict()
	var in struct{ Valid bool }
	if w.call(http.MethodGet, fmt.Sprint("/instances/", w.id), nil, &in); !in.Valid {
		t.Error("the instance is still shown as not valid")
	}
}

// awaitStop waits until the instance is polled no more, and returns why.
func (w *refreshWorld) awaitStop() string {
	w.t.Helper()
	var in struct {
		Valid           bool
		PollingDisabled *struct{ Kind, Message string }
	}
	for deadline := time.Now().Add(killPatience); time.Now().Before(deadline); pause(50 * time.Millisecond) {
		w.call(http.MethodGet, fmt.Sprint("/instances/", w.id), nil, &in)
		if in.PollingDisabled != nil {
			if in.Valid || in.PollingDisabled.Kind != "auth" {
				w.t.Errorf("%+v, want it not valid, for its authorization", in)
			}
			return in.PollingDisabled.Message
		}
	}
	w.t.Fatalf("the polling was not stopped\n%s", tail(w.output.String()))
	return ""
}

// consent walks a user through the provider's page and back.
func (w *refreshWorld) consent() {
	w.t.Helper()
	var address struct{ OAuthURL string }
	w.call(http.MethodPost, "/elements/acton/oauth/url", map[string]any{"instanceId": w.id, "callbackUrl": w.api + "/oauth/callback"}, &address)
	page, err := url.Parse(address.OAuthURL)
	if err != nil {
		w.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, page.String(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html")
	res, err := w.client.Do(req) // the provider sends the browser back at once
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusOK || !strings.Contains(string(text), "Authorized again") || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		w.t.Fatalf("%d %s\n%s", res.StatusCode, text, tail(w.output.String()))
	}
}
