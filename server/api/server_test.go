package api

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/change"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		// fasthttp's clock and its compressors never end, and its pool of workers looks only every ten seconds whether it was stopped.
		if err := goleak.Find(goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
			goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
			goleak.IgnoreAnyFunction("github.com/valyala/fasthttp/stackless.funcWorker")); err != nil {
			fmt.Println(err)
			code = 1
		}
	}
	os.Exit(code)
}

// chunked sends a body without saying how long it is.
func chunked(w *world, size int) reply {
	w.t.Helper()
	req, err := http.NewRequest("POST", w.url+"/instances", io.MultiReader(strings.NewReader(strings.Repeat(" ", size))))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", authorized)
	return send(w.t, req)
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := New(Config{})
	for _, field := range []string{"Engine", "Logger"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("New: %v, want it to name %s", err, field)
		}
	}
}

func TestEveryAnswerHasItsHeaders(t *testing.T) {
	t.Parallel()
	w := setup(t)
	seen := map[string]bool{}
	for _, path := range []string{"/instances", "/elements", "/healthz", "/readyz", "/metrics", "/nothing"} {
		r := w.call("GET", path, "")
		id := r.header.Get("Elements-Request-Id")
		if !requestIDForm.MatchString(id) || seen[id] {
			t.Errorf("%s: request id %q", path, id)
		}
		seen[id] = true
		if r.header.Get("X-Content-Type-Options") != "nosniff" || r.header.Get("Cache-Control") != "no-store" || r.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: headers %v", path, r.header)
		}
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	w := setup(t)
	if r := w.call("GET", "/healthz", "", "Authorization:"); r.status != 200 || r.text != `{"status":"ok","version":"1.2.3"}`+"\n" {
		t.Errorf("healthz: %d %s", r.status, r.text)
	}
	if r := w.call("GET", "/readyz", "", "Authorization:"); r.status != 200 || strings.Contains(r.text, "polling") {
		t.Errorf("readyz: %d %s", r.status, r.text)
	}
	w.engine.halted = "no room"
	if r := w.call("GET", "/readyz", "", "Authorization:"); r.status != 200 || !strings.Contains(r.text, `"polling":"halted: no room"`) {
		t.Errorf("readyz without room on the disk: %d %s", r.status, r.text)
	}
	if r := w.call("GET", "/metrics", "", "Authorization:"); r.status != 200 || !strings.Contains(r.text, "pollwright_polls_total 0") {
		t.Errorf("metrics: %d %s", r.status, r.text)
	}
	w.engine.ready = engine.ErrStopping
	wantError(t, "readyz", w.call("GET", "/readyz", "", "Authorization:"), 503, "not ready: the service is starting or stopping")
}

// The log has the request but nothing of its query, headers or body.
func TestAccessLog(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.call("POST", platformBase+"/instances?canary=query", `{"canary":"body"}`, "X-Canary: canary")
	log := w.log.String()
	for _, want := range []string{"level=DEBUG", "method=POST", "path=/elements/api-v2/instances ", "status=200", "duration="} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q: %s", want, log)
		}
	}
	if strings.Contains(log, "canary") || strings.Contains(log, userSecret) {
		t.Errorf("the log tells too much: %s", log)
	}
}

func TestInstancesArePaged(t *testing.T) {
	t.Parallel()
	w := setup(t)
	if r := w.call("GET", "/instances", ""); r.text != "[]\n" || r.header.Get("Elements-Returned-Count") != "0" {
		t.Errorf("no instances: %s, count %q", r.text, r.header.Get("Elements-Returned-Count"))
	}
	for range 5 {
		w.call("POST", "/instances", "{}")
	}
	var counts []string
	for path := "/instances?pageSize=2"; path != ""; {
		r := w.call("GET", path, "")
		counts = append(counts, r.header.Get("Elements-Returned-Count"))
		token := r.header.Get("Elements-Next-Page-Token")
		if path = ""; token != "" {
			path = "/instances?pageSize=2&nextPage=" + token
		}
	}
	if fmt.Sprint(counts) != "[2 2 1]" {
		t.Errorf("pages of %v, want 2 2 1", counts)
	}
	if r := w.call("GET", "/instances?pageSize=9999", ""); r.status != 200 || r.header.Get("Elements-Returned-Count") != "5" {
		t.Errorf("a page size beyond the limit: %d, count %q", r.status, r.header.Get("Elements-Returned-Count"))
	}
}

func TestPollsArePaged(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for i := range 3 {
		w.engine.outcomes = append(w.engine.outcomes, engine.Outcome{ID: fmt.Sprintf("%024x", 9-i), Instance: 1, Resource: "contacts"})
	}
	first := w.call("GET", "/instances/1/polls?pageSize=2", "")
	token := first.header.Get("Elements-Next-Page-Token")
	if first.header.Get("Elements-Returned-Count") != "2" || token != fmt.Sprintf("%024x", 8) {
		t.Fatalf("first page: %s, token %q", first.text, token)
	}
	last := w.call("GET", "/instances/1/polls?pageSize=2&nextPage="+token, "")
	if last.header.Get("Elements-Returned-Count") != "1" || last.header.Get("Elements-Next-Page-Token") != "" || !strings.Contains(last.text, fmt.Sprintf("%024x", 7)) {
		t.Errorf("last page: %s %v", last.text, last.header)
	}
}

func TestDeleteAnswersAnObject(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.call("POST", "/instances", "{}")
	if r := w.call("DELETE", "/instances/1", ""); r.status != 200 || r.text != "{}\n" {
		t.Errorf("DELETE: %d %q", r.status, r.text)
	}
}

// A request under way at the stop is answered; a new connection is not accepted.
func TestStopLetsRequestsFinish(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.engine.wait, w.engine.began = make(chan struct{}), make(chan struct{}, 1)
	answered := make(chan reply, 1)
	go func() { answered <- w.call("GET", "/instances/1", "") }()
	<-w.engine.began
	stopped := make(chan error, 1)
	go func() { stopped <- w.stop() }()
	for refused := false; !refused; { // the listener closes soon after the stop
		conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
		if refused = err != nil; !refused {
			_ = conn.Close()
		}
	}
	select {
	case err := <-stopped:
		t.Fatalf("Serve returned (%v) while a request was under way", err)
	default:
	}
	close(w.engine.wait)
	if r := <-answered; r.status != 404 {
		t.Errorf("the request under way: %d %s", r.status, r.text)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

// Connections that never said anything, as browsers open them in advance, and those that have been answered do not hold up a stop.
func TestStopDoesNotWaitForTheSilent(t *testing.T) {
	t.Parallel()
	f := &fakeEngine{}
	url, stop := serve(t, Config{Engine: f, Logger: (&logBuffer{}).logger(), Grace: time.Minute})
	var silent []net.Conn
	for range 3 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		silent = append(silent, conn)
	}
	(&world{t: t, engine: f, url: url}).call("GET", "/healthz", "") // by now those before it are accepted
	began := time.Now()
	if err := stop(); err != nil {
		t.Errorf("Serve: %v", err)
	}
	if took := time.Since(began); took > readTime/2 {
		t.Errorf("it took %v", took)
	}
	for _, conn := range silent {
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Error("a silent connection was told something")
		}
	}
}

// What does not end within Grace is cut off, and Serve says so.
func TestStopAbandonsWhatIsTooSlow(t *testing.T) {
	t.Parallel()
	f := &fakeEngine{wait: make(chan struct{}), began: make(chan struct{}, 1)}
	url, stop := serve(t, Config{Engine: f, Logger: (&logBuffer{}).logger(), Grace: 50 * time.Millisecond})
	w := &world{t: t, engine: f, url: url}
	answered := make(chan reply, 1)
	go func() { answered <- w.call("GET", "/instances/1", "") }()
	<-f.began
	if err := stop(); err == nil || !strings.Contains(err.Error(), "still under way after 50ms") {
		t.Errorf("Serve: %v", err)
	}
	if r := <-answered; r.status != 503 {
		t.Errorf("the abandoned request: %d %s", r.status, r.text)
	}
}

// Bytes that are no HTTP, and methods that are none, are answered in JSON as well.
func TestUnreadableRequests(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, c := range []struct {
		request string
		status  int
		message string
	}{
		{"FROB /instances HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 501, "method is not known here"},
		{"POST /instances HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\ncontent-length: 5\r\n\r\n{}GET", 400, "not HTTP that can be read"},
		{"POST /instances HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "not HTTP that can be read"},
		{"GET\r\n\r\n", 400, "not HTTP that can be read"},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, c.request); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		_ = conn.Close()
		r := reply{res.StatusCode, res.Header, string(text)}
		body := r.object(t)
		if message := fmt.Sprint(body["message"]); r.status != c.status || !strings.Contains(message, c.message) || !requestIDForm.MatchString(fmt.Sprint(body["requestId"])) {
			t.Errorf("%q: %d %s", c.request, r.status, r.text)
		}
	}
}

func TestStoppedPollingIsShownAndEnabledAgain(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.call("POST", "/instances", "{}")
	if r := w.call("GET", "/instances/polling-disabled", ""); r.status != 200 || r.text != "[]\n" {
		t.Errorf("none stopped: %d %s", r.status, r.text)
	}
	w.engine.instances[0].Stopped = &engine.Stopped{Instance: 1, Resource: "contacts", Kind: "auth", Message: "wrong password", Failures: 3}
	for _, path := range []string{"/instances/polling-disabled", "/instances/1", platformBase + "/instances/polling-disabled"} {
		if r := w.call("GET", path, ""); r.status != 200 || !strings.Contains(r.text, `"kind":"auth","message":"wrong password","failures":3`) {
			t.Errorf("%s: %d %s", path, r.status, r.text)
		}
	}
	if r := w.call("PUT", "/instances/1/enabled", ""); r.status != 200 || !strings.Contains(r.text, `"id":1`) || strings.Contains(r.text, "wrong password") {
		t.Errorf("enabled: %d %s", r.status, r.text)
	}
}

func TestHeldDeletionsAreDecided(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.call("POST", "/instances", "{}")
	w.engine.held = &change.Held{Count: 40, Sample: []string{"1"}}
	if r := w.call("GET", "/instances/1/event-poller-records", ""); r.status != 200 || !strings.Contains(r.text, `"objectName":"contacts"`) || !strings.Contains(r.text, `"count":40`) {
		t.Errorf("records: %d %s", r.status, r.text)
	}
	token := w.engine.instances[0].Token
	if r := w.call("GET", "/instances/event-poller-records", "", "Authorization: "+authorized+", Element "+token); r.status != 200 || !strings.Contains(r.text, `"instanceId":1`) {
		t.Errorf("records by token: %d %s", r.status, r.text)
	}
	wantError(t, "no token", w.call("GET", "/instances/event-poller-records", ""), 401, "no Element token")
	wantError(t, "a foreign token", w.call("GET", "/instances/event-poller-records", "", "Authorization: "+authorized+", Element nonsense"), 401, "not that of an instance")
	if r := w.call("PUT", "/instances/1/resources/my%20contacts/held", `{"decision":"confirm"}`); r.status != 200 || w.engine.held.Decision != change.Confirm {
		t.Errorf("decided: %d %s", r.status, r.text)
	}
	wantError(t, "no such resource", w.call("PUT", "/instances/1/resources/other/held", `{"decision":"confirm"}`), 404, "1/other")
	wantError(t, "no decision", w.call("PUT", "/instances/1/resources/my%20contacts/held", `[]`), 400, "decision")
}

func TestDeadLettersAndPausedCallbacks(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.call("POST", "/instances", "{}")
	w.engine.instances[0].Callback = engine.Callback{Paused: true, Reason: "gone"}
	if r := w.call("GET", "/instances/1", ""); !strings.Contains(r.text, `"callback":{"paused":true,"reason":"gone"}`) {
		t.Errorf("paused: %s", r.text)
	}
	if r := w.call("DELETE", "/instances/1/callback/paused", ""); r.status != 200 || strings.Contains(r.text, `"callback"`) {
		t.Errorf("resumed: %d %s", r.status, r.text)
	}
	if r := w.call("GET", "/instances/1/deadletters", ""); r.status != 200 || !strings.Contains(r.text, `"id":"letter","webhookId":"webhook"`) {
		t.Errorf("list: %d %s", r.status, r.text)
	}
	if r := w.call("GET", "/instances/1/deadletters/letter", ""); r.status != 200 || !strings.Contains(r.text, `"payload":{"a":1}`) {
		t.Errorf("letter: %d %s", r.status, r.text)
	}
	if r := w.call("POST", "/instances/1/deadletters/letter/redeliver", ""); r.status != 200 {
		t.Errorf("redeliver: %d %s", r.status, r.text)
	}
	wantError(t, "no such letter", w.call("POST", "/instances/1/deadletters/other/redeliver", ""), 404, "other")
}

func TestCallbacksArePausedTestedAndTheirSecretsRotated(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.call("POST", "/instances", "{}")
	for _, c := range []struct{ method, path, body, want string }{
		{"PUT", "/instances/1/callback/paused", "", `"callback":{"paused":true}`},
		{"PUT", platformBase + "/instances/1/callback/paused", `{"reason":"release"}`, `"callback":{"paused":true,"reason":"release"}`},
		{"POST", "/instances/1/callback/test", "", `{"delivered":true,"status":202,"durationMs":12,"answer":"<ok>","webhookId":"webhook"}` + "\n"},
		{"POST", "/instances/1/webhook/secret/rotate", "", `{"webhookSecret":"whsec_new","until":"2026-11-01T12:00:00Z"}` + "\n"},
		{"POST", platformBase + "/instances/1/webhook/secret/rotate", `{"overlap":"0s"}`, `{"webhookSecret":"whsec_new"}` + "\n"},
	} {
		if r := w.call(c.method, c.path, c.body); r.status != 200 || !strings.Contains(r.text, c.want) {
			t.Errorf("%s %s %s: %d %s, want %s", c.method, c.path, c.body, r.status, r.text, c.want)
		}
	}
	for _, c := range []struct{ method, path, body, want string }{
		{"PUT", "/instances/1/callback/paused", `{"reason":7}`, "reason should be a text"},
		{"PUT", "/instances/1/callback/paused", `reason`, "reason should be a text"},
		{"POST", "/instances/1/webhook/secret/rotate", `{"overlap":24}`, `overlap should be a text like "24h"`},
	} {
		wantError(t, c.body, w.call(c.method, c.path, c.body), 400, c.want)
	}
	for _, route := range []string{"PUT /instances/2/callback/paused", "POST /instances/2/callback/test", "POST /instances/2/webhook/secret/rotate"} {
		method, path, _ := strings.Cut(route, " ")
		wantError(t, route, w.call(method, path, ""), 404, "No instance found with ID 2")
		wantError(t, route, w.call(method, path, "", "Authorization:"), 401, "missing")
	}
}
