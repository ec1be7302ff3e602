package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/pollwright/pollwright/engine"
	acton "github.com/pollwright/pollwright/plugins/acton/sim"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// patience is how long a test waits for what must come. It is long because the machine may be busy; nothing is expected to take it.
const patience = 60 * time.Second

// adapters are the built-in adapters, compiled once for all tests of this package; cache keeps their machine code.
var adapters, cache string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "pollwright-engine-test")
	if err != nil {
		panic(err)
	}
	adapters, cache = filepath.Join(dir, "adapters"), filepath.Join(dir, "cache")
	for _, name := range []string{"icontact", "acton"} {
		if err := compile("../plugins/"+name, filepath.Join(adapters, name+".wasm")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	code := m.Run()
	if err := goleak.Find(); err != nil && code == 0 { // of a test that failed something may be left
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// compile builds an adapter as an author would.
func compile(pkg, to string) error {
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", to, pkg)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("compile %s: %w\n%s", pkg, err, out)
	}
	return nil
}

// world is an engine on a data folder of its own, with two simulated providers and a receiver.
type world struct {
	t        *testing.T
	dir      string
	config   engine.Config
	logs     *syncBuffer
	engine   *engine.Engine
	stop     func()
	caller   engine.Caller
	icontact *icontact.Sim
	acton    *acton.Sim
	urls     map[string]string // base URLs of the providers
	receiver *receiver
}

type syncBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *syncBuffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.String()
}

func setup(t *testing.T, change ...func(*engine.Config)) *world {
	t.Helper()
	w := &world{t: t, dir: filepath.Join(t.TempDir(), "data"), logs: &syncBuffer{}, urls: map[string]string{}}
	w.icontact, w.acton = icontact.New(icontact.Config{}), acton.New(acton.Config{})
	w.urls["icontact"], w.urls["acton"] = w.serve(w.icontact)+"/icp", w.serve(w.acton)
	w.receiver = newReceiver()
	w.receiver.url = w.serve(w.receiver) + "/events"
	w.config = engine.Config{
		Dir: w.dir, Builtin: os.DirFS(adapters), CompileCache: cache, AllowPrivateEgress: true, SmallMemory: true,
		OrganizationSecret: "org-secret", UserSecret: "user-secret",
		Logger: slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, c := range change {
		c(&w.config)
	}
	w.start()
	return w
}

func (w *world) serve(h http.Handler) string {
	s := httptest.NewServer(h)
	w.t.Cleanup(s.Close)
	return s.URL
}

// start starts the engine; it may be called again after stop.
func (w *world) start() {
	w.t.Helper()
	e, err := engine.New(context.Background(), w.config)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	var once sync.Once
	w.engine, w.stop = e, func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				w.t.Errorf("run: %v", err)
			}
			if err := e.Close(context.Background()); err != nil {
				w.t.Errorf("close: %v", err)
			}
		})
	}
	w.t.Cleanup(w.stop)
	if w.caller, err = e.Authenticate(ctx, engine.Secrets{Organization: "org-secret", User: "user-secret"}); err != nil {
		w.t.Fatal(err)
	}
}

// body is a POST body: a template of the seed documents' shape with changes to its configuration; a nil value deletes a key.
func (w *world) body(element string, change map[string]any) []byte {
	w.t.Helper()
	configuration := map[string]any{
		"base.url": w.urls[element], "event.notification.enabled": true, "event.notification.callback.url": w.receiver.url,
		"event.poller.refresh_interval": "0.0167", "event.notification.signature.key": "abcd1234efgh5678",
	}
	body := map[string]any{"element": map[string]any{"key": element}, "name": "Test", "configuration": configuration, "tags": []string{"Docs"}}
	switch element {
	case "icontact":
		add(configuration, map[string]any{"api.version": "2.2", "AppID": "sim-app", "api.username": "sim-user", "api.password": "sim-password"})
	case "acton":
		code, err := w.acton.IssueCode("owner@example.com", "https://mycoolapp.com")
		if err != nil {
			w.t.Fatal(err)
		}
		body["providerData"] = map[string]any{"code": code}
		add(configuration, map[string]any{"oauth.api.key": "sim-client", "oauth.api.secret": "sim-secret", "oauth.callback.url": "https://mycoolapp.com", "listId": "l-0001"})
	}
	add(configuration, change)
	text, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

func add(to, from map[string]any) {
	for key, value := range from {
		if to[key] = value; value == nil {
			delete(to, key)
		}
	}
}

func (w *world) create(body []byte) *engine.Instance {
	w.t.Helper()
	in, err := w.engine.CreateInstance(context.Background(), w.caller, body)
	if err != nil {
		w.t.Fatal(err)
	}
	return in
}

// outcome waits for a poll of an instance that satisfies a condition.
func (w *world) outcome(in *engine.Instance, what string, ok func(engine.Outcome) bool) engine.Outcome {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var last []engine.Outcome
	for time.Now().Before(deadline) {
		outcomes, err := w.engine.Polls(context.Background(), w.caller, in.ID, "", 100)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, o := range outcomes {
			if ok(o) {
				return o
			}
		}
		last = outcomes
		<-tick.C
	}
	w.t.Fatalf("no poll with %s; the last ones: %s", what, show(last))
	return engine.Outcome{}
}

// watched waits until the watch of each resource of an instance has begun: what is created at the provider from then on is told.
func (w *world) watched(in *engine.Instance) {
	w.t.Helper()
	for _, r := range in.Resources {
		w.outcome(in, "success of "+r.Name, func(o engine.Outcome) bool { return o.Resource == r.Name && !o.Failed() })
	}
}

func show(v any) string {
	text, _ := json.MarshalIndent(v, "", " ")
	return string(text)
}

// event is one event as a receiver sees it, with the record it tells of.
type event struct {
	Kind, Type, ID, EventID, Notification string
	Date                                  time.Time
	Record                                map[string]any
	Body                                  []byte
	Header                                http.Header
}

// receiver takes notifications. It answers 200 unless told otherwise.
type receiver struct {
	url    string
	mu     sync.Mutex
	events []event
	bodies int
	refuse int // answers of 503 to give first
	came   chan struct{}
}

func newReceiver() *receiver { return &receiver{came: make(chan struct{}, 1)} }

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bodies++
	if r.refuse > 0 {
		r.refuse--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	r.events = append(r.events, read(body, req.Header)...)
	select {
	case r.came <- struct{}{}:
	default:
	}
}

// read reads a notification in the platform's documented form.
func read(body []byte, header http.Header) (events []event) {
	var n struct {
		Message struct {
			EventID string
			Raw     map[string]json.RawMessage
			Events  []struct {
				EventType, ObjectType, ObjectID, EventID string
				Date                                     time.Time
			}
		}
	}
	if err := json.Unmarshal(body, &n); err != nil {
		panic(err)
	}
	for i, e := range n.Message.Events {
		ev := event{e.EventType, e.ObjectType, e.ObjectID, e.EventID, n.Message.EventID, e.Date, nil, body, header}
		var records []map[string]any
		if err := json.Unmarshal(n.Message.Raw[e.ObjectType], &records); err == nil && i < len(records) {
			ev.Record = records[i]
		}
		events = append(events, ev)
	}
	return events
}

// wait waits until n events have come in all.
func (r *receiver) wait(t *testing.T, n int) []event {
	t.Helper()
	timeout := time.After(patience)
	for {
		r.mu.Lock()
		events := append([]event(nil), r.events...)
		r.mu.Unlock()
		if len(events) >= n {
			return events
		}
		select {
		case <-r.came:
		case <-timeout:
			t.Fatalf("%d events came, want %d: %s", len(events), n, kinds(events))
		}
	}
}

func kinds(events []event) string {
	var all []string
	for _, e := range events {
		all = append(all, e.Kind+" "+e.Type+" "+e.ID)
	}
	return strings.Join(all, ", ")
}
