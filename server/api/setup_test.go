package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/sdk"
	"github.com/pollwright/pollwright/server/api/contract"
)

// The secrets that the fake engine knows, in the forms the platform gave out.
const (
	userSecret = "u+Ser/1234567890abcdefghijklmnopqrstuvwxyz0="
	orgSecret  = "0123456789abcdef0123456789abcdef"
	authorized = "User " + userSecret + ", Organization " + orgSecret
)

var owner = engine.Caller{Organization: 7, User: 8}

// fakeEngine answers from memory. A test sets err to have every call on instances fail, and boom to have it panic.
type fakeEngine struct {
	Engine    // what a test does not need is nil here
	mu        sync.Mutex
	instances []*engine.Instance // by id
	outcomes  []engine.Outcome   // newest first
	body      []byte             // of the last Create
	creation  engine.Creation    // of the last Create
	full      bool               // of the last UpdateInstance
	query     engine.InstancesQuery
	held      *change.Held // of any instance's resource "my contacts"
	asked     asked        // of events
	byHand    byHand
	err       error
	boom      any
	ready     error
	halted    string
	hubErr    error         // of ReadHub
	wait      chan struct{} // if set, calls on instances wait until it is closed or their context ends
	began     chan struct{} // if set, gets a value when such a call begins
}

func (f *fakeEngine) trouble(ctx context.Context) error {
	if f.began != nil {
		f.began <- struct{}{}
	}
	if f.wait != nil {
		select {
		case <-f.wait:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if f.boom != nil {
		panic(f.boom)
	}
	return f.err
}

func (f *fakeEngine) Halted() string { return f.halted }

func (f *fakeEngine) Authenticate(_ context.Context, s engine.Secrets) (engine.Caller, error) {
	if s.User != userSecret || s.Organization != orgSecret {
		return engine.Caller{}, engine.ErrUnauthorized
	}
	return owner, nil
}

func (f *fakeEngine) AuthenticateByToken(ctx context.Context, user, token string) (engine.Caller, error) {
	if _, err := f.InstanceOfToken(ctx, owner, token); err != nil || user != userSecret {
		return engine.Caller{}, engine.ErrUnauthorized
	}
	return owner, nil
}

func (f *fakeEngine) Create(ctx context.Context, caller engine.Caller, c engine.Creation) (*engine.Instance, error) {
	if err := f.trouble(ctx); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.body, f.creation = c.Body, c
	in := made(int64(len(f.instances)+1), caller)
	f.instances = append(f.instances, in)
	return in, nil
}

func (f *fakeEngine) Instance(ctx context.Context, _ engine.Caller, id int64) (*engine.Instance, error) {
	if err := f.trouble(ctx); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, in := range f.instances {
		if in.ID == id {
			return in, nil
		}
	}
	return nil, engine.ErrNotFound
}

func (f *fakeEngine) Instances(ctx context.Context, _ engine.Caller, q engine.InstancesQuery) (list []*engine.Instance, next string, err error) {
	if err := f.trouble(ctx); err != nil {
		return nil, "", err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	begin := 0
	for i, in := range f.instances {
		if in.Name == q.Page {
			begin = i + 1
		}
	}
	f.query = q
	rest := f.instances[begin:]
	if q.Search == "nothing" {
		rest = nil
	}
	if len(rest) <= q.Size {
		return rest, "", nil
	}
	return rest[:q.Size], rest[q.Size-1].Name, nil
}

func (f *fakeEngine) UpdateInstance(ctx context.Context, caller engine.Caller, id int64, body []byte, full bool) (*engine.Instance, error) {
	in, err := f.Instance(ctx, caller, id)
	if err == nil {
		f.body, f.full = body, full
		in.Warnings = []instance.Problem{{Path: "x", Message: "is tolerated"}}
	}
	return in, err
}

func (f *fakeEngine) Disable(ctx context.Context, caller engine.Caller, id int64) (*engine.Instance, error) {
	in, err := f.Instance(ctx, caller, id)
	if err == nil {
		in.Disabled = true
	}
	return in, err
}

func (f *fakeEngine) DeleteInstance(ctx context.Context, caller engine.Caller, id int64) error {
	_, err := f.Instance(ctx, caller, id)
	return err
}

func (f *fakeEngine) Enable(ctx context.Context, caller engine.Caller, id int64) error {
	in, err := f.Instance(ctx, caller, id)
	if err == nil {
		in.Stopped = nil
	}
	return err
}

func (f *fakeEngine) PollingDisabled(ctx context.Context, _ engine.Caller) ([]engine.Stopped, error) {
	if err := f.trouble(ctx); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	list := []engine.Stopped{}
	for _, in := range f.instances {
		if in.Stopped != nil {
			list = append(list, *in.Stopped)
		}
	}
	return list, nil
}

func (f *fakeEngine) PauseCallback(ctx context.Context, caller engine.Caller, id int64, reason string) error {
	in, err := f.Instance(ctx, caller, id)
	if err == nil {
		in.Callback = engine.Callback{Paused: true, Reason: reason}
	}
	return err
}

func (f *fakeEngine) TestCallback(ctx context.Context, caller engine.Caller, id int64) (engine.CallbackTest, error) {
	_, err := f.Instance(ctx, caller, id)
	return engine.CallbackTest{Delivered: true, Status: 202, Duration: 12, Answer: "<ok>", Notification: "webhook"}, err
}

func (f *fakeEngine) RotateWebhookSecret(ctx context.Context, caller engine.Caller, id int64, overlap string) (engine.NewSecret, error) {
	_, err := f.Instance(ctx, caller, id)
	made := engine.NewSecret{WebhookSecret: "whsec_new"}
	if overlap != "0s" {
		made.Until = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	}
	return made, err
}

func (f *fakeEngine) ResumeCallback(ctx context.Context, caller engine.Caller, id int64) error {
	in, err := f.Instance(ctx, caller, id)
	if err == nil {
		in.Callback = engine.Callback{}
	}
	return err
}

func (f *fakeEngine) DeadLetters(ctx context.Context, caller engine.Caller, id int64, _ string, _ int) ([]engine.DeadLetter, string, error) {
	if _, err := f.Instance(ctx, caller, id); err != nil {
		return nil, "", err
	}
	return []engine.DeadLetter{{ID: "letter", Notification: "webhook", Attempts: 7, Status: 400}}, "", nil
}

func (f *fakeEngine) DeadLetter(ctx context.Context, caller engine.Caller, id int64, letter string) (engine.DeadLetter, error) {
	list, _, err := f.DeadLetters(ctx, caller, id, "", 1)
	if err == nil && letter != "letter" {
		err = engine.ErrNotFound
	}
	if err != nil {
		return engine.DeadLetter{}, err
	}
	list[0].Payload = []byte(`{"a":1}`)
	return list[0], nil
}

func (f *fakeEngine) Redeliver(ctx context.Context, caller engine.Caller, id int64, letter string) error {
	_, err := f.DeadLetter(ctx, caller, id, letter)
	return err
}

func (f *fakeEngine) InstanceOfToken(_ context.Context, _ engine.Caller, token string) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, in := range f.instances {
		if in.Token == token {
			return in.ID, nil
		}
	}
	return 0, engine.ErrUnauthorized
}

func (f *fakeEngine) PollerRecords(ctx context.Context, caller engine.Caller, id int64) ([]engine.PollerRecord, error) {
	if _, err := f.Instance(ctx, caller, id); err != nil {
		return nil, err
	}
	row := engine.PollerRecord{Instance: id, Resource: "contacts"}
	row.Detect, row.Held = "hash", f.held
	return []engine.PollerRecord{row}, nil
}

func (f *fakeEngine) DecideHeld(ctx context.Context, caller engine.Caller, id int64, resource string, decision engine.Decision) error {
	if _, err := f.Instance(ctx, caller, id); err != nil {
		return err
	}
	if resource != "my contacts" || f.held == nil {
		return engine.ErrNotFound
	}
	f.held.Decision = decision
	return nil
}

func (f *fakeEngine) Polls(ctx context.Context, _ engine.Caller, _ int64, before string, n int) (list []engine.Outcome, err error) {
	if err := f.trouble(ctx); err != nil {
		return nil, err
	}
	for _, o := range f.outcomes {
		if (before == "" || o.ID < before) && len(list) < n {
			list = append(list, o)
		}
	}
	return list, nil
}

func (f *fakeEngine) Elements() []engine.Element { return []engine.Element{acton(), icontact()} }

func (f *fakeEngine) Element(keyOrID string) (engine.Element, error) {
	for _, el := range f.Elements() {
		if keyOrID == el.Key || keyOrID == "13766" && el.Key == "icontact" {
			return el, nil
		}
	}
	return engine.Element{}, engine.ErrNotFound
}

func (f *fakeEngine) Ready() error { return f.ready }

func (f *fakeEngine) Metrics() prometheus.Gatherer {
	registry := prometheus.NewRegistry()
	registry.MustRegister(prometheus.NewCounter(prometheus.CounterOpts{Name: "pollwright_polls_total", Help: "Polls."}))
	return registry
}

func icontact() engine.Element {
	return engine.Element{Digest: strings.Repeat("ab", 32), Builtin: true, Manifest: sdk.Manifest{
		Key: "icontact", Name: "iContact", Hub: "marketing", Version: "1.0.0", ID: 13766, Description: "E-mail marketing.",
		Config: []sdk.Parameter{
			{Key: "api.version", Label: "API-Version", Type: "string", Default: "2.2"},
			{Key: "api.password", Label: "API-Password", Type: "string", Required: true, Secret: true},
		},
		Auth:      sdk.Auth{Type: sdk.AuthHeaders},
		BaseURLs:  []string{"https://app.icontact.com/icp"},
		RateLimit: []sdk.Rate{{Requests: 10_000, PerSeconds: 3600}},
		Resources: []sdk.Resource{
			{Name: "contacts", Path: "/contacts", Default: true, Poll: &sdk.Poll{
				URL: "/hubs/general/contacts", IDField: "contactId", PageSize: 500,
				UpdatedDateField: "createDate", UpdatedDateFormat: "yyyy-MM-dd' 'HH:mm:ss", UpdatedDateTimezone: "America/New_York",
			}},
			{Name: "users", Path: "/users"},
		},
	}}
}

func acton() engine.Element {
	return engine.Element{Manifest: sdk.Manifest{
		Key: "acton", Name: "Act-On", Hub: "marketing", Version: "1.0.0",
		Auth:     sdk.Auth{Type: sdk.AuthOAuth2, OAuth2: &sdk.OAuth2{TokenURL: "https://login.actonsoftware.com/token"}},
		BaseURLs: []string{"https://api.actonsoftware.com", "https://api.actonsoftware.com/other"},
	}}
}

func made(id int64, caller engine.Caller) *engine.Instance {
	return &engine.Instance{
		Instance: &instance.Instance{
			ID: id, Name: "instance-" + string(rune('a'+id-1)), Tags: []string{"Docs"}, Element: "icontact",
			Organization: caller.Organization, User: caller.User, Created: time.Date(2017, 8, 7, 18, 46, 38, 0, time.UTC),
			Configuration: map[string]string{"api.version": "2.2", "event.notification.enabled": "true"}, Masked: []string{"api.password"},
			Events: instance.Events{Enabled: true},
		},
		Token: "VG9rZW4gd2l0aCA0NCBjaGFyYWN0ZXJzIGFzIGJhc2U2NDA=", Element: icontact(),
	}
}

// world is a server on a loopback port over a fake engine.
type world struct {
	t      *testing.T
	engine *fakeEngine
	url    string
	log    *logBuffer
	stop   func() error // ends the server and returns what Serve returned
}

func setup(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, engine: &fakeEngine{}, log: &logBuffer{}}
	w.url, w.stop = serve(t, Config{Engine: w.engine, Logger: w.log.logger(), Version: "1.2.3", LoginFailures: -1})
	return w
}

// serve runs a server on a loopback port until the test ends or stop is called.
func serve(t *testing.T, config Config) (url string, stop func() error) {
	t.Helper()
	server, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() { result <- server.Serve(ctx, listener) }()
	stop = sync.OnceValue(func() error { cancel(); return <-result })
	t.Cleanup(func() { _ = stop() })
	return "http://" + listener.Addr().String(), stop
}

// reply is an answer, read to its end.
type reply struct {
	status int
	header http.Header
	text   string
}

// object reads the answer as a JSON object.
func (r reply) object(t *testing.T) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal([]byte(r.text), &o); err != nil {
		t.Fatalf("the answer is not a JSON object: %v\n%s", err, r.text)
	}
	return o
}

// call sends a request with good credentials, unless headers ("Name: value") say otherwise; "Name:" removes a header.
func (w *world) call(method, path, body string, headers ...string) reply {
	w.t.Helper()
	req, err := http.NewRequest(method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", authorized)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		req.Header.Del(name)
		if value = strings.TrimSpace(value); value != "" {
			req.Header.Set(name, value)
		}
	}
	r := send(w.t, req)
	w.check(method, path, r)
	return r
}

// check holds an answer against the description.
func (w *world) check(method, path string, r reply) {
	w.t.Helper()
	c, err := described()
	if err == nil {
		err = c.Check(contract.Answer{Method: method, Path: path, Status: r.status, Header: r.header, Body: []byte(r.text)})
	}
	if err != nil {
		w.t.Error(err)
	}
}

func send(t *testing.T, req *http.Request) reply {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, string(text)}
}

// logBuffer is a log that a test can read.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBuffer) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
