package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
	acton "github.com/pollwright/pollwright/plugins/acton/sim"
)

const ourCallback = "https://pollwright.example.com/oauth/callback"

// consentWorld is a world in which users consent at once.
type consentWorld struct {
	*world
	mu    sync.Mutex
	ahead time.Duration
}

func setupConsent(t *testing.T) *consentWorld {
	c := &consentWorld{}
	c.world = setup(t, func(config *engine.Config) {
		config.Now = func() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return time.Now().Add(c.ahead) }
	})
	c.unlimited()
	return c
}

func (w *consentWorld) address(r engine.ConsentRequest) (page string, query url.Values) {
	w.t.Helper()
	a, err := w.engine.OAuthURL(context.Background(), w.caller, "acton", r)
	if err != nil {
		w.t.Fatal(err)
	}
	page, rest, _ := strings.Cut(a.OAuthURL, "?")
	query, err = url.ParseQuery(rest)
	if err != nil || a.Element != "acton" {
		w.t.Fatalf("address %+v, %v", a, err)
	}
	return page, query
}

func (w *consentWorld) code(redirect string) string {
	w.t.Helper()
	code, err := w.acton.IssueCode("", redirect)
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

func (w *consentWorld) back(state, code string) (engine.ConsentResult, error) {
	return w.engine.Consented(context.Background(), engine.ConsentReturn{State: state, Code: code})
}

func (w *consentWorld) draft() json.RawMessage {
	return without(w.t, w.body("acton", nil), "providerData")
}

func TestConsentMakesAnInstance(t *testing.T) {
	t.Parallel()
	w := setupConsent(t)
	page, q := w.address(engine.ConsentRequest{Instance: w.draft(), CallbackURL: ourCallback, ReturnURL: "https://app.example.com/done?a=1"})
	if page != w.urls["acton"]+"/authorize" || q.Get("response_type") != "code" || q.Get("client_id") != "sim-client" || q.Get("redirect_uri") != ourCallback ||
		q.Get("scope") != "PRODUCTION" || len(q.Get("state")) < 43 || q.Has("callbackUrl") || q.Has("code_challenge") {
		t.Errorf("page %s, query %v", page, q)
	}
	for _, state := range []string{"", "unknown", q.Get("state") + "x"} {
		_, err := w.back(state, "code")
		problem(t, err, "state", "not known")
	}
	r, err := w.back(q.Get("state"), w.code(ourCallback)) // the provider checks that the address is the same
	if err != nil || !r.Made || r.InstanceID == 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if u, err := url.Parse(r.Location); err != nil || u.Query().Get("instanceId") == "" || u.Query().Get("a") != "1" || len(u.Query()) != 2 {
		t.Errorf("location %s", r.Location)
	}
	if in, err := w.engine.Instance(context.Background(), w.caller, r.InstanceID); err != nil || in.Organization != w.caller.Organization || in.User != w.caller.User {
		t.Errorf("instance %+v, %v", in, err)
	}
	_, err = w.back(q.Get("state"), w.code(ourCallback))
	problem(t, err, "state", "used")
}

func TestConsentAuthorizesAnInstanceAgain(t *testing.T) {
	t.Parallel()
	w := setupConsent(t)
	in := w.create(w.body("acton", nil))
	w.acton.RevokeTokens()
	w.disabled()
	c, err := w.acton.CreateContact(acton.Contact{Fields: map[string]string{"First Name": "Ada"}})
	if err != nil {
		t.Fatal(err)
	}
	_, q := w.address(engine.ConsentRequest{InstanceID: in.ID, CallbackURL: ourCallback})
	r, err := w.back(q.Get("state"), w.code(ourCallback))
	if err != nil || r.InstanceID != in.ID || r.Made {
		t.Fatalf("%+v, %v", r, err)
	}
	if events := w.receiver.wait(t, 1); events[0].ID != c.ID {
		t.Errorf("events %s", kinds(events))
	}
}

func TestConsentHandsOutACode(t *testing.T) {
	t.Parallel()
	w := setupConsent(t)
	request := engine.ConsentRequest{APIKey: "sim-client", CallbackURL: "https://mycoolapp.com", BaseURL: w.urls["acton"]}
	_, q := w.address(request)
	state := q.Get("state")
	r, err := w.back(state, w.code("https://mycoolapp.com"))
	if err != nil || r.InstanceID != 0 || r.State.Reveal() != state {
		t.Fatalf("%+v, %v", r, err)
	}
	body := func(code, state string) []byte {
		return []byte(strings.Replace(string(w.draft()), `{`, `{"providerData":{"code":"`+code+`","state":"`+state+`"},`, 1))
	}
	w.create(body(r.Code.Reveal(), state))
	problem(t, w.failed(body(w.code(""), state)), "providerData.state", "used")
	w.create(body(w.code(""), "acton")) // a state that is none of ours: the platform took any

	_, q = w.address(request)
	w.mu.Lock()
	w.ahead = 16 * time.Minute
	w.mu.Unlock()
	_, err = w.back(q.Get("state"), "code")
	problem(t, err, "state", "expired")
	if err := w.engine.KeepCredentials(context.Background()); err != nil {
		t.Fatal(err)
	}
	_, err = w.back(q.Get("state"), "code")
	problem(t, err, "state", "not known") // the keeper has dropped it
}

func TestConsentRefused(t *testing.T) {
	t.Parallel()
	w := setupConsent(t)
	_, q := w.address(engine.ConsentRequest{Instance: w.draft(), ReturnURL: "https://app.example.com/done"})
	r, err := w.engine.Consented(context.Background(), engine.ConsentReturn{State: q.Get("state"), Error: "access_denied", Description: "<b>no</b>\n"})
	var no *engine.DeniedError
	if !errors.As(err, &no) || no.Code != "access_denied" || no.Description != "<b>no</b> " || !strings.Contains(r.Location, "error=access_denied") {
		t.Errorf("%+v, %v", r, err)
	}
	_, q = w.address(engine.ConsentRequest{Instance: w.draft()})
	var refused *engine.ProviderError
	if _, err := w.back(q.Get("state"), "wrong-code"); !errors.As(err, &refused) {
		t.Errorf("a wrong code: %v", err)
	}
}

func TestConsentRequestsAreChecked(t *testing.T) {
	t.Parallel()
	w := setupConsent(t)
	in := w.create(w.body("acton", nil))
	good := engine.ConsentRequest{APIKey: "k", CallbackURL: ourCallback}
	for _, c := range []struct {
		element, path, word string
		change              func(*engine.ConsentRequest)
	}{
		{"icontact", "element", "OAuth", func(*engine.ConsentRequest) {}},
		{"acton", "apiKey", "required", func(r *engine.ConsentRequest) { r.APIKey = "" }},
		{"acton", "callbackUrl", "required", func(r *engine.ConsentRequest) { r.CallbackURL = "" }},
		{"acton", "callbackUrl", "absolute", func(r *engine.ConsentRequest) { r.CallbackURL = "javascript:alert(1)" }},
		{"acton", "callbackUrl", "absolute", func(r *engine.ConsentRequest) { r.CallbackURL = "https://x.example.com/{oauth.api.secret}" }},
		{"acton", "returnUrl", "absolute", func(r *engine.ConsentRequest) { r.APIKey, r.InstanceID, r.ReturnURL = "", in.ID, "//evil.example.com" }},
		{"acton", "returnUrl", "instance", func(r *engine.ConsentRequest) { r.ReturnURL = "https://a.example.com" }},
		{"acton", "state", "left out", func(r *engine.ConsentRequest) { r.APIKey, r.InstanceID, r.State = "", in.ID, "mine" }},
		{"acton", "apiKey", "instance", func(r *engine.ConsentRequest) { r.InstanceID = in.ID }},
		{"acton", "instanceId", "no instance", func(r *engine.ConsentRequest) { r.InstanceID = 7 }},
		{"acton", "instanceId", "together", func(r *engine.ConsentRequest) { r.InstanceID, r.Instance = in.ID, w.draft() }},
		{"acton", "instance.providerData.code", "left out", func(r *engine.ConsentRequest) { r.Instance = w.body("acton", nil) }},
		{"acton", "instance.configuration['oauth.api.secret']", "required", func(r *engine.ConsentRequest) {
			r.Instance = without(t, w.body("acton", map[string]any{"oauth.api.secret": nil}), "providerData")
		}},
	} {
		r := good
		c.change(&r)
		_, err := w.engine.OAuthURL(context.Background(), w.caller, c.element, r)
		problem(t, err, c.path, c.word)
	}
	if _, err := w.engine.OAuthURL(context.Background(), w.caller, "nothing", good); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("unknown element: %v", err)
	}
	stranger := engine.Caller{Organization: w.caller.Organization + 1, User: 1}
	_, err := w.engine.OAuthURL(context.Background(), stranger, "acton", engine.ConsentRequest{InstanceID: in.ID, CallbackURL: ourCallback})
	problem(t, err, "instanceId", "no instance")
}
