package api

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
)

var requestIDForm = regexp.MustCompile(`^[0-9a-f]{24}$`)

// wantError checks what every error answer has: JSON, the request id in body and header, a message.
func wantError(t *testing.T, what string, r reply, status int, message string) map[string]any {
	t.Helper()
	if r.header.Get("Content-Type") != "application/json" {
		t.Errorf("%s: Content-Type is %q", what, r.header.Get("Content-Type"))
	}
	body := r.object(t)
	id, _ := body["requestId"].(string)
	if !requestIDForm.MatchString(id) || r.header.Get("Elements-Request-Id") != id {
		t.Errorf("%s: requestId %q, header %q", what, id, r.header.Get("Elements-Request-Id"))
	}
	if text, _ := body["message"].(string); r.status != status || !strings.Contains(text, message) {
		t.Errorf("%s: %d %s, want %d with %q", what, r.status, r.text, status, message)
	}
	return body
}

func TestErrorsHaveTheirStatus(t *testing.T) {
	t.Parallel()
	problems := []instance.Problem{{Path: "configuration.AppID", Message: "is required"}, {Path: "name", Message: "should be a text"}}
	for _, c := range []struct {
		name    string
		err     error
		status  int
		message string
		also    string // somewhere in the answer
	}{
		{"syntax", &instance.SyntaxError{Line: 15, Column: 9, Message: "expected a colon"}, 400, "line 15, column 9: expected a colon", `"line":15,"column":9`},
		{"invalid", &instance.InvalidError{Problems: problems, Warnings: problems[:1]}, 400, "configuration.AppID is required; name should be a text",
			`"errors":[{"path":"configuration.AppID","message":"is required"},{"path":"name","message":"should be a text"}],"warnings":[{"path":"configuration.AppID"`},
		{"provider in trouble", &engine.ProviderError{Element: "Act-On", Message: "no route", Temporary: true}, 503, "could not be asked", `"providerMessage":"no route"`},
		{"provider", fmt.Errorf("x: %w", &engine.ProviderError{Element: "Act-On", Message: "invalid_grant"}), 400, "Act-On did not accept", `"providerMessage":"invalid_grant"`},
		{"unauthorized", fmt.Errorf("x: %w", engine.ErrUnauthorized), 401, "secret is not valid", ""},
		{"not found", fmt.Errorf("x: %w", engine.ErrNotFound), 404, "No instance found with ID 12", ""},
		{"stopping", engine.ErrStopping, 503, "starting or stopping", ""},
		{"abandoned", context.Canceled, 503, "starting or stopping", ""},
		{"too slow", fmt.Errorf("x: %w", context.DeadlineExceeded), 503, "not done within 30s", ""},
		{"internal", errors.New("canary: the disk at /var/lib"), 500, "internal error", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			w.engine.err = c.err
			for _, at := range []string{"GET /instances/12", "DELETE /instances/12", "GET /instances/12/polls", "PUT /instances/12/enabled", "GET /instances/12/event-poller-records",
				"DELETE /instances/12/callback/paused", "GET /instances/12/deadletters", "GET /instances/12/events", "GET /instances/12/changes", "GET /instances/12/jobs"} {
				method, path, _ := strings.Cut(at, " ")
				r := w.call(method, path, "")
				wantError(t, at, r, c.status, c.message)
				if !strings.Contains(r.text, c.also) || strings.Contains(r.text, "canary") {
					t.Errorf("%s: %s, want %s", at, r.text, c.also)
				}
			}
			if c.err == nil || errors.Is(c.err, engine.ErrNotFound) {
				return
			}
			wantError(t, "POST", w.call("POST", "/instances", `{}`), c.status, c.message)
			wantError(t, "list", w.call("GET", "/instances", ""), c.status, c.message)
		})
	}
}

// What lies behind a 500 is in the log, under the request id that the answer names.
func TestInternalErrorIsLoggedUnderItsRequest(t *testing.T) {
	t.Parallel()
	for name, break_ := range map[string]func(*fakeEngine){
		"error": func(f *fakeEngine) { f.err = errors.New("canary") },
		"panic": func(f *fakeEngine) { f.boom = "canary" },
	} {
		w := setup(t)
		break_(w.engine)
		r := w.call("GET", "/instances/1", "")
		body := wantError(t, name, r, 500, "internal error")
		if strings.Contains(r.text, "canary") || strings.Contains(r.text, ".go:") {
			t.Errorf("%s: the answer tells what is inside: %s", name, r.text)
		}
		log := w.log.String()
		if !strings.Contains(log, "canary") || !strings.Contains(log, "request="+body["requestId"].(string)) {
			t.Errorf("%s: the log does not tell the cause under the request id: %s", name, log)
		}
		w.engine.err, w.engine.boom = nil, nil
		if r := w.call("GET", "/elements", ""); r.status != 200 {
			t.Errorf("%s: the server does not go on: %d", name, r.status)
		}
	}
}

func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, c := range []struct {
		at      string
		body    string
		headers []string
		status  int
		message string
	}{
		{"GET /", "", nil, 404, "there is no GET /"},
		{"GET /nothing/here", "", nil, 404, "there is no GET /nothing/here"},
		{"GET /elements/api-v2/healthz", "", nil, 404, "there is no GET /elements/api-v2/healthz"},
		{"GET /instances/1/nothing", "", nil, 404, "there is no"},
		{"GET /instances/999", "", nil, 404, "No instance found with ID 999"},
		{"GET /instances/abc", "", nil, 404, "No instance found with ID abc"},
		{"GET /instances/99999999999999999999", "", nil, 404, "No instance found with ID 99999999999999999999"},
		{"DELETE /instances/999", "", nil, 404, "No instance found with ID 999"},
		{"GET /elements/nosuch", "", nil, 404, "No element found with ID nosuch"},
		{"PUT /audit", "{}", nil, 405, "PUT is not possible here; possible: GET, HEAD"},
		{"PATCH /instances/999", "{}", nil, 404, "No instance found with ID 999"},
		{"PATCH /instances", "{}", nil, 401, "no Element token"},
		{"PATCH /instances/1", "a=b", []string{"Content-Type: text/plain"}, 415, "not read here"},
		{"DELETE /elements", "", nil, 405, "DELETE is not possible here; possible: GET, HEAD"},
		{"POST /elements/api-v2/instances/1", "{}", nil, 405, "POST is not possible here"},
		{"POST /healthz", "", nil, 405, "POST is not possible here"},
		{"POST /instances", "a=b", []string{"Content-Type: text/plain"}, 415, "text/plain, which is not read here; send Content-Type: application/json"},
		{"POST /instances", "a=b", []string{"Content-Type: multipart/form-data; boundary=x"}, 415, "multipart/form-data"},
		{"POST /instances", "a=b", []string{"Content-Type: ;;"}, 415, "cannot be read"},
		{"POST /instances", "{}", []string{"Content-Type: application/json; charset=iso-8859-1"}, 415, "UTF-8"},
		{"POST /instances", "{}", []string{"Content-Encoding: gzip"}, 415, "compressed"},
		{"GET /instances?pageSize=0", "", nil, 400, "pageSize should be a whole number from 1 to 200, is \"0\""},
		{"GET /instances?pageSize=many", "", nil, 400, "pageSize should be a whole number"},
		{"GET /instances/1/polls?nextPage=zzz", "", nil, 400, "nextPage is not a page token"},
		{"GET /elements?pageSize=-1", "", nil, 400, "pageSize should be"},
	} {
		method, path, _ := strings.Cut(c.at, " ")
		wantError(t, c.at, w.call(method, path, c.body, c.headers...), c.status, c.message)
	}
}

func TestBodiesThatAreRead(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"application/json", "application/json; charset=UTF-8", "application/vnd.api+json", "application/x-www-form-urlencoded", ""} {
		w := setup(t)
		if r := w.call("POST", "/instances", `{"a":1}`, "Content-Type: "+kind); r.status != 200 || string(w.engine.body) != `{"a":1}` {
			t.Errorf("%q: %d %s, the engine got %q", kind, r.status, r.text, w.engine.body)
		}
	}
}

// The client must see the 413 and not a broken connection, however much it still has to send.
func TestTooLargeBody(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, size := range []int{bodyLimit + 1, bodyLimit * 2, bodyLimit * 8} {
		r := w.call("POST", "/instances", strings.Repeat(" ", size))
		wantError(t, fmt.Sprint(size), r, 413, "larger than 1048576 bytes")
	}
	if r := w.call("POST", "/instances", strings.Repeat(" ", bodyLimit)); r.status != 200 || len(w.engine.body) != bodyLimit {
		t.Errorf("a body of just the limit: %d %s", r.status, r.text)
	}
	wantError(t, "chunked", chunked(w, bodyLimit+1), 413, "larger than")
	wantError(t, "headers", w.call("GET", "/instances", "", "X-Long: "+strings.Repeat("x", headerLimit)), 431, "headers are larger than 16384 bytes")
}
