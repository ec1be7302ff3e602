package egress

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain gives every test an environment with proxies, which nothing may use: nobody listens there.
func TestMain(m *testing.M) {
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		_ = os.Setenv(name, "http://127.0.0.1:1")
		_ = os.Setenv(strings.ToLower(name), "http://127.0.0.1:1")
	}
	_ = os.Unsetenv("NO_PROXY")
	_ = os.Unsetenv("no_proxy")
	goleak.VerifyTestMain(m)
}

func client(t *testing.T, config Config) *Client {
	t.Helper()
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func local(t *testing.T) *Client { return client(t, Config{AllowPrivate: true}) }

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// raw is a server that reads a request's header and then does what it is told with the connection.
func raw(t *testing.T, do func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); running.Wait() })
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer func() { _ = conn.Close() }()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					do(conn)
				}
			})
		}
	})
	return "http://" + l.Addr().String()
}

// untilClosed blocks until the peer has gone.
func untilClosed(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

type header map[string]string

func (h header) Authorize(_ context.Context, req *http.Request) error {
	for name, value := range h {
		req.Header.Set(name, value)
	}
	return nil
}

type authorizerFunc func(context.Context, *http.Request) error

func (f authorizerFunc) Authorize(ctx context.Context, req *http.Request) error { return f(ctx, req) }

func TestDo(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Date", "Sat, 09 Jun 2012 19:46:51 GMT")
		w.Header().Set("X-Seen", strings.Join([]string{r.Method, r.RequestURI, r.Host, r.Header.Get("Authorization"), r.Header.Get("X-A"), r.UserAgent(), string(body)}, "|"))
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "later")
	})
	host := strings.TrimPrefix(url, "http://")
	res, err := local(t).Do(t.Context(), Request{Method: "POST", Base: url + "/icp", Path: "/a%2Fb", Query: []Param{{"z", "1"}, {"a", "2 3"}},
		Header: http.Header{"x-a": {"va"}}, Body: []byte("hi"), Authorizer: header{"Authorization": "Bearer t"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := "POST|/icp/a%2Fb?z=1&a=2%203|" + host + "|Bearer t|va|pollwright|hi"; res.Header.Get("X-Seen") != want {
		t.Errorf("server saw %s, want %s", res.Header.Get("X-Seen"), want)
	}
	if res.Status != 503 || string(res.Body) != "later" || !res.Date.Equal(time.Date(2012, 6, 9, 19, 46, 51, 0, time.UTC)) {
		t.Errorf("answer is %d %q of %v", res.Status, res.Body, res.Date)
	}
	if res.RTT <= 0 || res.Duration < res.RTT || res.Cut != nil {
		t.Errorf("RTT %v, duration %v, cut %v", res.RTT, res.Duration, res.Cut)
	}
}

func TestDateThatCannotBeReadIsZero(t *testing.T) {
	t.Parallel()
	for _, date := range []string{"", "Date: yesterday\r\n"} {
		url := raw(t, func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n"+date+"Content-Length: 0\r\nConnection: close\r\n\r\n")
		})
		res, err := local(t).Do(t.Context(), Request{Base: url})
		if err != nil || !res.Date.IsZero() {
			t.Errorf("%q: %v, %v", date, res, err)
		}
	}
}

func TestPrivateAddressIsRefusedUnlessAllowed(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	url := serve(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	port := url[strings.LastIndex(url, ":"):]
	c := client(t, Config{})
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]"} {
		_, err := c.Do(t.Context(), Request{Base: "http://" + host + port})
		if !errors.Is(err, ErrRefused) {
			t.Errorf("Do %s: %v, want it refused", host, err)
		}
		if _, err = c.Post(t.Context(), Callback{URL: "http://" + host + port}); !errors.Is(err, ErrRefused) {
			t.Errorf("Post %s: %v, want it refused", host, err)
		}
		if _, err = c.HTTP().Get("http://" + host + port); !errors.Is(err, ErrRefused) {
			t.Errorf("HTTP %s: %v, want it refused", host, err)
		}
	}
	if hits.Load() != 0 {
		t.Fatalf("%d requests arrived", hits.Load())
	}
	if _, err := local(t).Do(t.Context(), Request{Base: url}); err != nil || hits.Load() != 1 {
		t.Errorf("allowed: %v, %d hits", err, hits.Load())
	}
}

func TestReservedHeadersAreRefusedByName(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	url := serve(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	c := local(t)
	for _, name := range []string{"Authorization", "authorization", "COOKIE", "Host", "Connection", "keep-alive", "TE", "Trailer", "Transfer-Encoding",
		"Upgrade", "Content-Length", "Expect", "Accept-Encoding", "Proxy-Authorization", "proxy-connection", "Proxy-Foo", "Bad Name", "", "x:y", "X\r\nY"} {
		_, err := c.Do(t.Context(), Request{Base: url, Header: http.Header{name: {"CANARY"}}})
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), fmt.Sprintf("%q", name)) || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%q: %v, want it refused by name", name, err)
		}
	}
	for _, value := range []string{"CANARY\r\nX: y", "CANARY\n", "CANARY\x00", "CANARY\x7f"} {
		for _, send := range []func() error{
			func() error {
				_, err := c.Do(t.Context(), Request{Base: url, Header: http.Header{"X-A": {value}}})
				return err
			},
			func() error {
				_, err := c.Do(t.Context(), Request{Base: url, Authorizer: header{"X-A": value}})
				return err
			},
			func() error {
				_, err := c.Post(t.Context(), Callback{URL: url, Header: http.Header{"X-A": {value}}})
				return err
			},
		} {
			if err := send(); err == nil || !strings.Contains(err.Error(), "X-A") || strings.Contains(err.Error(), "CANARY") {
				t.Errorf("value %q: %v, want it refused without the value", value, err)
			}
		}
	}
	if hits.Load() != 0 {
		t.Errorf("%d requests arrived", hits.Load())
	}
}

func TestInvalidRequestsAreRefused(t *testing.T) {
	t.Parallel()
	c := client(t, Config{AllowPrivate: true, MaxRequest: 4})
	for name, r := range map[string]Request{
		"method": {Method: "CONNECT", Base: "http://h"}, "line break in method": {Method: "GET\r\n", Base: "http://h"},
		"trace": {Method: "TRACE", Base: "http://h"}, "base": {Base: "ftp://h"}, "path": {Base: "http://h", Path: "/.."},
		"body": {Method: "POST", Base: "http://h", Body: []byte("12345")},
	} {
		if _, err := c.Do(t.Context(), r); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v, want it refused", name, err)
		}
	}
}

func TestAuthorizer(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	url := serve(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	sentinel := errors.New("no token")
	_, err := local(t).Do(t.Context(), Request{Base: url, Authorizer: authorizerFunc(func(context.Context, *http.Request) error { return sentinel })})
	if !errors.Is(err, ErrAuthorize) || !errors.Is(err, sentinel) {
		t.Errorf("failing authorizer: %v", err)
	}
	for name, change := range map[string]func(*http.Request){
		"host": func(r *http.Request) { r.URL.Host = "evil.example" }, "Host": func(r *http.Request) { r.Host = "evil.example" },
		"query": func(r *http.Request) { r.URL.RawQuery = "key=CANARY" }, "path": func(r *http.Request) { r.URL.Path = "/CANARY" },
	} {
		_, err := local(t).Do(t.Context(), Request{Base: url, Authorizer: authorizerFunc(func(_ context.Context, r *http.Request) error { change(r); return nil })})
		if !errors.Is(err, ErrAuthorize) || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("authorizer that changes the %s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = local(t).Do(ctx, Request{Base: url, Authorizer: authorizerFunc(func(ctx context.Context, _ *http.Request) error { cancel(); return ctx.Err() })})
	if !errors.Is(err, ErrCanceled) {
		t.Errorf("canceled while authorizing: %v", err)
	}
	if hits.Load() != 0 {
		t.Errorf("%d requests arrived", hits.Load())
	}
}

func TestRedirectIsAnAnswer(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusFound)
	})
	c := local(t)
	res, err := c.Do(t.Context(), Request{Base: url, Authorizer: header{"Authorization": "x"}})
	if err != nil || res.Status != 302 {
		t.Errorf("Do: %v, %v", res, err)
	}
	if res, err = c.Post(t.Context(), Callback{URL: url}); err != nil || res.Status != 302 {
		t.Errorf("Post: %v, %v", res, err)
	}
	answer, err := c.HTTP().Get(url)
	if err != nil || answer.StatusCode != 302 {
		t.Fatalf("HTTP: %v, %v", answer, err)
	}
	_ = answer.Body.Close()
	if hits.Load() != 3 {
		t.Errorf("%d hits, want 3", hits.Load())
	}
}

// Every way to fail, its kind, and that neither header, query, body nor the peer's bytes are in the text.
func TestFailuresAreToldApart(t *testing.T) {
	t.Parallel()
	const canary = "CANARY"
	closed, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := "http://" + closed.Addr().String()
	_ = closed.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	plain := serve(t, func(http.ResponseWriter, *http.Request) {})
	forever := func(first string, repeat string) func(net.Conn) {
		return func(c net.Conn) {
			_, err := io.WriteString(c, first)
			for err == nil {
				_, err = io.WriteString(c, repeat)
			}
		}
	}
	stall := func(first string) func(net.Conn) {
		return func(c net.Conn) { _, _ = io.WriteString(c, first); untilClosed(c) }
	}
	tests := []struct {
		name string
		url  string
		want Kind
	}{
		{"nobody listens", refused, ErrDial},
		{"unknown certificate", secure.URL, ErrTLS},
		{"plain HTTP behind https", "https" + strings.TrimPrefix(plain, "http"), ErrTLS},
		{"silent after accepting", raw(t, stall("")), ErrTimeout},
		{"header never ends", raw(t, stall("HTTP/1.1 200 OK\r\nX: ")), ErrTimeout},
		{"body never ends", raw(t, stall("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"+canary)), ErrTimeout},
		{"body without end", raw(t, forever("HTTP/1.1 200 OK\r\n\r\n", strings.Repeat(canary, 1000))), ErrTooLarge},
		{"announced too large", raw(t, stall("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"+strings.Repeat("x", 2000))), ErrTooLarge},
		{"header without end", raw(t, forever("HTTP/1.1 200 OK\r\n", "X: "+strings.Repeat(canary, 1000)+"\r\n")), ErrTooLarge},
		{"one endless header line", raw(t, forever("HTTP/1.1 200 OK\r\nX: ", strings.Repeat(canary, 1000))), ErrTooLarge},
		{"closed at once", raw(t, func(net.Conn) {}), ErrReset},
		{"reset", raw(t, func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }), ErrReset},
		{"cut in the body", raw(t, func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf") }), ErrReset},
		{"cut in a chunk", raw(t, func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")
		}), ErrReset},
		{"not HTTP", raw(t, func(c net.Conn) { _, _ = io.WriteString(c, canary+" "+canary+"\r\n\r\n") }), ErrProtocol},
		{"bad status", raw(t, func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 "+canary+" OK\r\n\r\n") }), ErrProtocol},
		{"bad gzip", raw(t, func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\n"+canary+canary)
		}), ErrProtocol},
		{"an encoding nobody asked for", raw(t, func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 12\r\n\r\n"+canary)
			_, _ = io.WriteString(c, canary)
		}), ErrProtocol},
		{"gzip in gzip", raw(t, func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: 3\r\n\r\nabc")
		}), ErrProtocol},
		{"no such name", "http://nowhere.invalid", ErrDNS},
	}
	nowhere := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no network") }}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			config := Config{AllowPrivate: true, MaxResponse: 1000, Resolver: nowhere, HeaderTimeout: 300 * time.Millisecond, TotalTimeout: 600 * time.Millisecond,
				Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
			if tt.want != ErrTimeout {
				config.HeaderTimeout, config.TotalTimeout = 10*time.Second, 10*time.Second
			}
			c := client(t, config)
			_, err := c.Do(t.Context(), Request{Method: "POST", Base: tt.url, Path: "/p", Query: []Param{{"key", canary}}, Header: http.Header{"X-A": {canary}},
				Body: []byte(canary), Authorizer: header{"Authorization": canary}})
			var e *Error
			if !errors.As(err, &e) || e.Kind != tt.want || !errors.Is(err, tt.want) {
				t.Fatalf("%v, want %q", err, tt.want)
			}
			for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err), fmt.Sprint(e.Unwrap()), log.String()} {
				if strings.Contains(text, canary) {
					t.Errorf("a secret is told: %s", text)
				}
			}
			if !strings.Contains(err.Error(), tt.url+"/p: ") {
				t.Errorf("the error does not name the URL: %v", err)
			}
		})
	}
}

func TestCanceledIsToldFromTimeout(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	url := raw(t, func(c net.Conn) { arrived <- struct{}{}; untilClosed(c) })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	_, err := local(t).Do(ctx, Request{Base: url})
	if !errors.Is(err, ErrCanceled) || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want canceled", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	go func() { <-arrived }()
	_, err = local(t).Do(ctx, Request{Base: url})
	if !errors.Is(err, ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want a timeout", err)
	}
}

func zipped(t *testing.T, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCapIsOnTheDecompressedBody(t *testing.T) {
	t.Parallel()
	small, large := zipped(t, 1000), zipped(t, 50<<20)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			http.Error(w, "gzip not asked for", http.StatusNotAcceptable)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(map[string][]byte{"/small": small, "/large": large}[r.URL.Path])
	})
	c := client(t, Config{AllowPrivate: true, MaxResponse: 1000})
	res, err := c.Do(t.Context(), Request{Base: url, Path: "/small"})
	if err != nil || len(res.Body) != 1000 {
		t.Errorf("body of exactly the cap: %v", err)
	}
	if _, err = c.Do(t.Context(), Request{Base: url, Path: "/small", MaxResponse: 999}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte above the cap: %v", err)
	}
	if _, err = c.Do(t.Context(), Request{Base: url, Path: "/large"}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a bomb of %d bytes: %v", len(large), err)
	}
}

func TestPostKeepsTheStatusWhenTheAnswerIsCut(t *testing.T) {
	t.Parallel()
	long := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(bytes.Repeat(body, 40_000))
	})
	res, err := local(t).Post(t.Context(), Callback{URL: long + "/?token=1", Body: []byte("ab"), Header: http.Header{"Authorization": {"Basic x"}}})
	if err != nil || res.Status != 200 || len(res.Body) != 64<<10 || !errors.Is(res.Cut, ErrTooLarge) {
		t.Errorf("long answer: %d bytes, cut %v, error %v", len(res.Body), res.Cut, err)
	}
	half := raw(t, func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n") })
	if res, err = local(t).Post(t.Context(), Callback{URL: half}); err != nil || res.Status != 204 || res.Cut != nil {
		t.Errorf("no content: %v, %v", res, err)
	}
	stalled := raw(t, func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
		untilClosed(c)
	})
	res, err = local(t).Post(t.Context(), Callback{URL: stalled, Timeout: 200 * time.Millisecond})
	if err != nil || res.Status != 200 || string(res.Body) != "half" || !errors.Is(res.Cut, ErrTimeout) {
		t.Errorf("stalled answer: %v, %v", res, err)
	}
	for _, bad := range []string{"ftp://h", "http://user:CANARY@h/", "h", ""} {
		if _, err := local(t).Post(t.Context(), Callback{URL: bad}); !errors.Is(err, ErrInvalid) || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	var connections atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	c := local(t)
	for range 10 {
		if _, err := c.Do(t.Context(), Request{Method: "POST", Base: s.URL, Body: []byte("x")}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Post(t.Context(), Callback{URL: s.URL, Body: []byte("x")}); err != nil {
			t.Fatal(err)
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections for 20 requests, want 1", n)
	}
}

func TestHTTPRefusesOtherSchemes(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"ftp://h/", "file:///etc/passwd", "http://u:p@h/"} {
		if _, err := local(t).HTTP().Get(url); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v, want it refused", url, err)
		}
	}
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, r.UserAgent())
	})
	res, err := client(t, Config{AllowPrivate: true, UserAgent: "me/1"}).HTTP().Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusTeapot || string(body) != "me/1" {
		t.Errorf("%d %q %v", res.StatusCode, body, err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for want, config := range map[string]Config{
		"DialTimeout": {DialTimeout: -1}, "TotalTimeout": {TotalTimeout: -1}, "MaxResponse": {MaxResponse: -1}, "MaxHeader": {MaxHeader: -1},
		"UserAgent": {UserAgent: "a\r\nb"},
	} {
		if _, err := New(config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
