package command

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	acton "github.com/pollwright/pollwright/plugins/acton/sim"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
	"github.com/pollwright/pollwright/server/api/contract"
)

// journeyPatience bounds the wait for what must come; nothing is judged by how soon it comes.
const journeyPatience = time.Minute

// journey is the real program between the two simulated providers and a receiver, driven over HTTP as its users do. Every answer is held
// against the description that the program itself serves.
type journey struct {
	t        *testing.T
	program  *program
	client   *http.Client
	contract *contract.Contract
	icontact *icontact.Sim
	acton    *acton.Sim
	icURL    string
	actURL   string
	inbox    *inbox
	owner    visitor
	calls    atomic.Uint32
	mu       sync.Mutex
	walked   map[string]bool // operations that did what they were asked to
}

// visitor is who sends requests.
type visitor struct {
	*journey
	user, organization string
	token              string // of an instance
	address            string // "" = another one for each request, as a proxy tells them: wrong secrets of one step do not end the next
}

// authorization is as the platform's users write it.
func (v visitor) authorization() string {
	text := "User " + v.user
	if v.organization != "" {
		text += ", Organization " + v.organization
	}
	if v.token != "" {
		text += ", Element " + v.token
	}
	return text
}

// reply is what came back.
type reply struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	body   []byte
}

// into reads the body.
func (r reply) into(value any) {
	r.t.Helper()
	if err := json.Unmarshal(r.body, value); err != nil {
		r.t.Fatalf("%s: %v in %.500s", r.what, err, r.body)
	}
}

// object reads a body that is an object.
func (r reply) object() map[string]any {
	r.t.Helper()
	var m map[string]any
	r.into(&m)
	return m
}

// list reads a body that is an array of objects.
func (r reply) list() []map[string]any {
	r.t.Helper()
	var list []map[string]any
	r.into(&list)
	return list
}

// says reports whether the text is in the body.
func (r reply) says(text string) reply {
	r.t.Helper()
	if !strings.Contains(string(r.body), text) {
		r.t.Errorf("%s: %q is not in %.1000s", r.what, text, r.body)
	}
	return r
}

func newJourney(t *testing.T, args ...string) *journey {
	t.Helper()
	j := &journey{
		t: t, inbox: newInbox(), walked: map[string]bool{},
		client:   &http.Client{Timeout: journeyPatience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		icontact: icontact.New(icontact.Config{Seed: 7}),
		acton:    acton.New(acton.Config{Seed: 7, Options: acton.Options{PerSecond: -1, AuthPerHour: -1, ConsentPage: true}}),
	}
	serve := func(h http.Handler) string {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		return s.URL
	}
	j.icURL, j.actURL, j.inbox.url = serve(j.icontact)+"/icp", serve(j.acton), serve(j.inbox)+"/events"
	env := []string{envOrganizationSecret + "=org", envUserSecret + "=user"}
	j.program = startWith(t, env, t.TempDir(), append([]string{"--allow-private-egress", "--trusted-proxies", "127.0.0.1"}, args...)...).listening()
	go func() { // nobody else reads the log
		for range j.program.lines {
		}
	}()
	j.owner = visitor{journey: j, user: "user", organization: "org"}
	j.await("the program is ready", func() bool {
		res, err := j.client.Get(j.program.url + "/readyz")
		if err == nil {
			_ = res.Body.Close()
		}
		return err == nil && res.StatusCode == http.StatusOK
	})
	res, err := j.client.Get(j.program.url + "/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	if j.contract, err = contract.Load(text); err != nil {
		t.Fatal(err)
	}
	return j
}

// await waits until something holds.
func (j *journey) await(what string, holds func() bool) {
	j.t.Helper()
	late := time.Now().Add(journeyPatience)
	for tick := time.NewTicker(20 * time.Millisecond); !holds(); <-tick.C {
		if time.Now().After(late) {
			j.t.Fatalf("not within %v: %s", journeyPatience, what)
		}
	}
}

// ok sends a request that must succeed.
func (v visitor) ok(method, path string, body any) reply {
	v.t.Helper()
	return v.call(method, path, body, http.StatusOK)
}

// call sends a request and holds the answer against the description. body is sent as JSON; nil is none, text is sent as it is.
func (v visitor) call(method, path string, body any, want int, headers ...string) reply {
	v.t.Helper()
	r := v.send(method, path, body, headers...)
	if r.status != want {
		v.t.Errorf("%s: %d, want %d: %.1000s", r.what, r.status, want, r.body)
	}
	return r
}

// send is call for a status that the caller judges.
func (v visitor) send(method, path string, body any, headers ...string) reply {
	v.t.Helper()
	req := v.request(method, path, body)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		v.t.Fatalf("%s %s: %v", method, path, err)
	}
	v.hold(method, path, res, text)
	return reply{v.t, method + " " + path, res.StatusCode, res.Header, text}
}

func (v visitor) request(method, path string, body any) *http.Request {
	v.t.Helper()
	var text []byte
	switch b := body.(type) {
	case nil:
	case string:
		text = []byte(b)
	default:
		var err error
		if text, err = json.Marshal(b); err != nil {
			v.t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.program.url+path, bytes.NewReader(text))
	if err != nil {
		v.t.Fatal(err)
	}
	if v.address == "" {
		n := v.calls.Add(1)
		v.address = netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}).String()
	}
	req.Header.Set("X-Forwarded-For", v.address)
	if v.user != "" {
		req.Header.Set("Authorization", v.authorization())
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

// hold holds an answer against the description, and remembers which operation it was of.
func (v visitor) hold(method, path string, res *http.Response, body []byte) {
	v.t.Helper()
	if err := v.contract.Check(contract.Answer{Method: method, Path: path, Status: res.StatusCode, Header: res.Header, Body: body}); err != nil {
		v.t.Error(err)
	}
	if op, ok := v.contract.Find(method, path); ok && res.StatusCode < 400 {
		v.mu.Lock()
		v.walked[op.Method+" "+op.Path] = true
		v.mu.Unlock()
	}
}

// complete fails on operations of the description that no step has walked with success.
func (j *journey) complete() {
	j.t.Helper()
	for _, op := range j.contract.Operations() {
		if !j.walked[op.Method+" "+op.Path] {
			j.t.Errorf("the journey has no step for %s %s", op.Method, op.Path)
		}
	}
}

// contacts make an instance of iContact that polls contacts every second. change is put over the configuration; a nil value removes a key.
func (v visitor) shop(name string, change map[string]any) map[string]any {
	v.t.Helper()
	return v.ok(http.MethodPost, "/instances", v.shopBody(name, change)).object()
}

func (v visitor) shopBody(name string, change map[string]any) map[string]any {
	return map[string]any{"element": map[string]any{"key": "icontact"}, "name": name, "configuration": v.configuration(v.icURL, map[string]any{
		"api.version": "2.2", "AppID": "sim-app", "api.username": "sim-user", "api.password": "sim-password"}, change)}
}

// crmBody is an instance of Act-On that polls a list every second.
func (v visitor) crmBody(name string, change map[string]any) map[string]any {
	return map[string]any{"element": map[string]any{"key": "acton"}, "name": name, "configuration": v.configuration(v.actURL, map[string]any{
		"oauth.api.key": "sim-client", "oauth.api.secret": "sim-secret", "oauth.callback.url": "https://mycoolapp.com", "listId": "l-0001"}, change)}
}

func (j *journey) configuration(base string, parts ...map[string]any) map[string]any {
	c := map[string]any{
		"base.url": base, "event.notification.enabled": true, "event.notification.callback.url": j.inbox.url,
		"event.notification.signature.key": "abcd1234efgh5678", "event.poller.refresh_interval": "0.0167",
	}
	for _, part := range parts {
		for key, value := range part {
			if c[key] = value; value == nil {
				delete(c, key)
			}
		}
	}
	return c
}

// path is below an instance.
func path(in map[string]any, below string) string {
	return "/instances/" + idOf(in) + below
}

func idOf(in map[string]any) string {
	text, _ := json.Marshal(in["id"])
	var n json.Number
	_ = json.Unmarshal(text, &n)
	return n.String()
}

func tokenOf(in map[string]any) string {
	token, _ := in["token"].(string)
	return token
}

// escaped is a path segment.
func escaped(segment string) string { return url.PathEscape(segment) }
