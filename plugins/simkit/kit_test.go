package simkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// fake is a provider that answers "provider says hello" and counts what it processed.
type fake struct {
	processed atomic.Int64
	served    chan struct{} // if not nil, told of each request
}

func (f *fake) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	f.processed.Add(1)
	if f.served != nil {
		f.served <- struct{}{}
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"provider":"says hello"}`))
}

func (f *fake) Create(resource string, _ []byte) (Entry, error) {
	return Entry{Resource: resource}, nil
}
func (f *fake) Update(_, id string, _ []byte) (Entry, error) {
	return Entry{}, fmt.Errorf("record %q: %w", id, ErrNotFound)
}
func (f *fake) Delete(string, string) (Entry, error) { return Entry{}, errors.New("never") }
func (f *fake) Step(rng *rand.Rand) (Entry, error)   { return Entry{Seq: int64(rng.IntN(1000))}, nil }
func (f *fake) Options() any                         { return map[string]int{} }
func (f *fake) SetOptions(body []byte) error         { return Decode(body, &struct{}{}) }

var noon = time.Date(2026, 6, 9, 12, 0, 0, 0, time.UTC)

type world struct {
	t    *testing.T
	kit  *Kit
	fake *fake
	url  string
}

func setup(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	f := &fake{}
	k := New(Config{Provider: f, Target: f, Now: func() time.Time { return noon }, LogSize: 4,
		ErrorBody: func(status int) (string, []byte) { return "text/plain", fmt.Appendf(nil, "error %d", status) }})
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	return &world{t, k, f, server.URL}
}

// do returns what came of a request; the error is that of the transport or of reading the body.
func (w *world) do(method, path, body string) (*http.Response, string, error) {
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Close = true // a cut connection must not be retried on another
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	return resp, string(got), err
}

func TestFaults(t *testing.T) {
	const hello = `{"provider":"says hello"}`
	for name, c := range map[string]struct {
		fault     Fault
		status    int // 0: no answer
		body      string
		cut       bool // the body ends too early
		processed int64
	}{
		"status":         {Fault{Status: 503}, 503, "error 503", false, 0},
		"status, body":   {Fault{Status: 500, Body: "oops"}, 500, "oops", false, 0},
		"body alone":     {Fault{Body: "oops"}, 200, "oops", false, 0},
		"header alone":   {Fault{Header: map[string]string{"Retry-After": "7"}}, 200, hello, false, 1},
		"cut before":     {Fault{Cut: CutBefore}, 0, "", true, 0},
		"cut after":      {Fault{Cut: CutAfter}, 0, "", true, 1},
		"cut middle":     {Fault{Cut: CutMiddle}, 200, hello[:len(hello)/2], true, 1},
		"truncated":      {Fault{Garbage: GarbageTruncated}, 200, hello[:len(hello)/2], false, 1},
		"html":           {Fault{Garbage: GarbageHTML, Status: 502}, 502, "<html><body><h1>502 Bad Gateway</h1></body></html>\n", false, 0},
		"delay and hold": {Fault{Delay: 1, Hold: 1}, 200, hello, false, 1},
		"other path":     {Fault{Prefix: "/other", Status: 503}, 200, hello, false, 1},
		"other method":   {Fault{Method: "POST", Status: 503}, 200, hello, false, 1},
		"skipped":        {Fault{Skip: 1, Status: 503}, 200, hello, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := setup(t)
			if err := w.kit.Faults.Add(c.fault); err != nil {
				t.Fatal(err)
			}
			resp, body, err := w.do("GET", "/a/b", "")
			status := 0
			if resp != nil {
				status = resp.StatusCode
				for k, v := range c.fault.Header {
					if got := resp.Header.Get(k); got != v {
						t.Errorf("header %s: %q, want %q", k, got, v)
					}
				}
			}
			if status != c.status || body != c.body || (err != nil) != c.cut {
				t.Errorf("got %d %q (%v), want %d %q, cut %v", status, body, err, c.status, c.body, c.cut)
			}
			if got := w.fake.processed.Load(); got != c.processed {
				t.Errorf("processed %d, want %d", got, c.processed)
			}
		})
	}
}

func TestGarbageBytesAreNoJSON(t *testing.T) {
	w := setup(t)
	if err := w.kit.Faults.Add(Fault{Garbage: GarbageBytes}); err != nil {
		t.Fatal(err)
	}
	if _, body, err := w.do("GET", "/", ""); err != nil || len(body) != 512 || json.Valid([]byte(body)) {
		t.Errorf("got %d bytes (%v), want 512 of nonsense", len(body), err)
	}
}

func TestFaultsAreUsedUp(t *testing.T) {
	w := setup(t)
	for _, f := range []Fault{{Prefix: "/a", Status: 503, Times: 2, Skip: 1}, {Status: 429}} {
		if err := w.kit.Faults.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	var got []int
	for range 5 {
		resp, _, err := w.do("GET", "/a", "")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, resp.StatusCode)
	}
	// The first is skipped by the first fault and hit by the second.
	if want := []int{429, 503, 503, 200, 200}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if err := w.kit.Faults.Add(Fault{Status: 500, Times: -1}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if resp, _, err := w.do("GET", "/", ""); err != nil || resp.StatusCode != 500 {
			t.Errorf("got %v (%v), want 500 until cleared", resp, err)
		}
	}
	w.kit.Faults.Clear()
	if resp, _, err := w.do("GET", "/", ""); err != nil || resp.StatusCode != 200 {
		t.Errorf("got %v (%v), want 200 after clearing", resp, err)
	}
}

func TestWrongFaultsAreRefused(t *testing.T) {
	t.Parallel()
	for _, f := range []Fault{{}, {Prefix: "a", Status: 500}, {Status: 99}, {Cut: "late"}, {Garbage: "x"}, {Status: 500, Times: -2}, {Delay: -1}} {
		if err := new(Faults).Add(Fault{Status: 500}, f); err == nil {
			t.Errorf("%+v was accepted", f)
		}
	}
}

// A client that gives up does not leave the simulator waiting, and a held request is seen in the counters.
func TestHoldEndsWhenTheClientLeaves(t *testing.T) {
	w := setup(t)
	w.fake.served = make(chan struct{}, 1)
	if err := w.kit.Faults.Add(Fault{Hold: Duration(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, "GET", w.url+"/slow", nil)
	if err != nil {
		t.Fatal(err)
	}
	failed := make(chan error, 1)
	go func() {
		resp, err := http.DefaultClient.Do(r)
		if err == nil {
			resp.Body.Close()
		}
		failed <- err
	}()
	<-w.fake.served
	if got := w.kit.Requests.Counts()["/slow"]; got != 1 {
		t.Errorf("counted %d, want the held request", got)
	}
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want a cancelled request", err)
	}
	// The server's Close in the clean-up waits for the handler: this test would not end if it still held.
}

func TestDateIsTheProvidersClock(t *testing.T) {
	w := setup(t)
	w.kit.Clock.SetOffset(90 * time.Second)
	resp, _, err := w.do("GET", "/", "")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := resp.Header.Get("Date"), "Tue, 09 Jun 2026 12:01:30 GMT"; got != want {
		t.Errorf("Date %q, want %q", got, want)
	}
	if err := w.kit.Faults.Add(Fault{Header: map[string]string{"Date": ""}}); err != nil {
		t.Fatal(err)
	}
	if resp, _, err := w.do("GET", "/", ""); err != nil || resp.Header["Date"] != nil {
		t.Errorf("got %v (%v), want no Date", resp.Header, err)
	}
}

func TestRequestLogIsBounded(t *testing.T) {
	w := setup(t)
	for i := range 6 {
		if _, _, err := w.do("GET", fmt.Sprintf("/p%d?x=1", i), ""); err != nil {
			t.Fatal(err)
		}
	}
	all := w.kit.Requests.After(0)
	if len(all) != 4 || all[0].Path != "/p2" || all[3].Path != "/p5" || all[3].Seq != 6 || all[3].Query != "x=1" || all[3].Status != 200 {
		t.Errorf("got %+v, want the newest four", all)
	}
	if got := w.kit.Requests.After(5); len(got) != 1 || got[0].Seq != 6 {
		t.Errorf("after 5: %+v", got)
	}
	log := NewRequestLog(1)
	for i := range maxCounted + 10 {
		log.arrived(fmt.Sprint(i))
	}
	if got := log.Counts(); len(got) != maxCounted+1 || got[otherPaths] != 10 {
		t.Errorf("%d paths, %d others; want %d and 10", len(got), got[otherPaths], maxCounted+1)
	}
}

func TestControlIsForLoopbackOnly(t *testing.T) {
	w := setup(t)
	for peer, want := range map[string]int{"192.0.2.1:5": 403, "10.0.0.1:5": 403, "": 403, "127.0.0.1:5": 200, "[::1]:5": 200} {
		r := httptest.NewRequest("GET", "/_sim/counts", nil)
		r.RemoteAddr = peer
		rec := httptest.NewRecorder()
		w.kit.ServeHTTP(rec, r)
		if rec.Code != want {
			t.Errorf("peer %q: %d, want %d", peer, rec.Code, want)
		}
	}
}

func TestControlAPI(t *testing.T) {
	w := setup(t)
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", "/_sim/faults", `{"prefix":"/x","status":503,"header":{"Retry-After":"9"},"delay":"2ms"}`, 200, `"delay":"2ms"`},
		{"POST", "/_sim/faults", `[{"cut":"after"},{"garbage":"html"}]`, 200, `"cut":"after"`},
		{"POST", "/_sim/faults", `{"statsu":503}`, 400, "unknown field"},
		{"POST", "/_sim/faults", `{"delay":2}`, 400, "want a string such as"},
		{"POST", "/_sim/faults", `{"status":503}{}`, 400, "body"},
		{"GET", "/_sim/faults", "", 200, `"garbage":"html"`},
		{"DELETE", "/_sim/faults", "", 200, "[]"},
		{"PUT", "/_sim/clock", `{"offset":"-1h"}`, 200, `{"now":"2026-06-09T11:00:00.000Z","offset":"-1h0m0s"}`},
		{"GET", "/_sim/clock", "", 200, `-1h0m0s`},
		{"GET", "/_sim/requests", "", 200, `{"requests":[]}`}, // control requests are not logged
		{"GET", "/_sim/requests?after=-1", "", 400, "0 or more"},
		{"PATCH", "/_sim/records/x/y", "{}", 404, "not found"},
		{"POST", "/_sim/step?n=2", "", 200, `"entries":[{"seq":`},
		{"POST", "/_sim/step?n=100001", "", 400, "100000"},
		{"PATCH", "/_sim/options", `{"x":1}`, 400, "unknown field"},
		{"GET", "/_sim/nothing", "", 404, ""},
	} {
		resp, got, err := w.do(c.method, c.path, c.body)
		if err != nil || resp.StatusCode != c.status || !strings.Contains(got, c.want) {
			t.Errorf("%s %s: %v %q (%v), want %d %s", c.method, c.path, resp, got, err, c.status, c.want)
		}
	}
}

func TestLedger(t *testing.T) {
	t.Parallel()
	var l Ledger
	for i := range 5 {
		if e := l.Append(Entry{ID: fmt.Sprint(i)}); e.Seq != int64(i+1) {
			t.Fatalf("seq %d, want %d", e.Seq, i+1)
		}
	}
	for _, c := range []struct {
		after int64
		n     int
		want  string
	}{{0, 0, "01234"}, {3, 0, "34"}, {1, 2, "12"}, {5, 0, ""}, {99, 0, ""}, {-1, 1, "0"}} {
		got := ""
		for _, e := range l.After(c.after, c.n) {
			got += e.ID
		}
		if got != c.want {
			t.Errorf("after %d, %d: %q, want %q", c.after, c.n, got, c.want)
		}
	}
}
