package egress

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

const proxyPassword = "CANARY+/proxy"

// proxy is an HTTP proxy that knows one target, whatever the name asked for.
type proxy struct {
	target  string // host:port
	user    string // "user:password"; "" = anyone
	status  int    // answered in place of the target's, unless 0
	asked   atomic.Int64
	mu      sync.Mutex
	seen    []string // method, and what was asked for
	running sync.WaitGroup
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.asked.Add(1)
	p.mu.Lock()
	p.seen = append(p.seen, r.Method+" "+r.RequestURI)
	p.mu.Unlock()
	if p.user != "" && r.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte(p.user)) {
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	if p.status != 0 {
		w.WriteHeader(p.status)
		return
	}
	if r.Method == http.MethodConnect {
		p.tunnel(w)
		return
	}
	out, _ := http.NewRequestWithContext(r.Context(), r.Method, "http://"+p.target+r.URL.RequestURI(), r.Body)
	out.Host = r.Host
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(out)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer func() { _ = res.Body.Close() }()
	w.WriteHeader(res.StatusCode)
	_, _ = io.Copy(w, res.Body)
}

func (p *proxy) tunnel(w http.ResponseWriter) {
	there, err := net.Dial("tcp", p.target)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	here, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		_ = there.Close()
		return
	}
	p.mu.Lock() // before the client knows: start's cleanup waits for what has begun
	defer p.mu.Unlock()
	p.running.Go(func() {
		_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
		p.running.Go(func() { _, _ = io.Copy(there, here); _ = there.Close() })
		_, _ = io.Copy(here, there)
		_ = here.Close()
	})
}

func (p *proxy) last() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.seen) == 0 {
		return ""
	}
	return p.seen[len(p.seen)-1]
}

// start serves the proxy, over TLS if secure, and gives its URL with the user.
func (p *proxy) start(t *testing.T, secure bool) (*url.URL, *httptest.Server) {
	t.Helper()
	s := httptest.NewUnstartedServer(p)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if s.EnableHTTP2 = true; secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(func() {
		s.Close()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.running.Wait()
	})
	u, err := ParseProxy(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	if name, password, ok := strings.Cut(p.user, ":"); ok {
		u.User = url.UserPassword(name, password)
	}
	return u, s
}

// Both kinds of target through both kinds of proxy, which is on a private address with the guard on. The names are the proxy's to resolve.
func TestEverythingGoesThroughTheProxy(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		for _, scheme := range []string{"http", "https"} {
			t.Run("secure proxy "+strconv.FormatBool(secure)+", "+scheme, func(t *testing.T) {
				t.Parallel()
				var header atomic.Pointer[http.Header]
				target := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					seen := r.Header.Clone()
					header.Store(&seen)
					_, _ = io.WriteString(w, r.Method+" "+r.Host+r.URL.Path)
				}))
				if scheme == "https" {
					target.StartTLS()
				} else {
					target.Start()
				}
				t.Cleanup(target.Close)
				p := &proxy{target: target.Listener.Addr().String(), user: "us er:" + proxyPassword}
				at, s := p.start(t, secure)
				var written bytes.Buffer
				c := client(t, Config{Proxy: at, Resolver: names(t, nil), Logger: slog.New(slog.NewTextHandler(&written, &slog.HandlerOptions{Level: slog.LevelDebug}))})
				trust(c, target, s)

				res, err := c.Post(t.Context(), Callback{URL: scheme + "://example.com/hook"})
				if err != nil || string(res.Body) != "POST example.com/hook" {
					t.Fatalf("Post: %v, %v", res, err)
				}
				want := map[string]string{"http": "POST http://example.com/hook", "https": "CONNECT example.com:443"}[scheme]
				if p.last() != want {
					t.Errorf("the proxy was asked for %q, want %q", p.last(), want)
				}
				if res, err := c.Do(t.Context(), Request{Base: scheme + "://example.com", Path: "/x"}); err != nil || string(res.Body) != "GET example.com/x" {
					t.Errorf("Do: %v, %v", res, err)
				}
				if header.Load().Get("Proxy-Authorization") != "" {
					t.Error("the target saw the proxy's credentials")
				}
				if text := written.String(); strings.Contains(text, "CANARY") || !strings.Contains(text, "request done") {
					t.Errorf("log: %s", text)
				}
			})
		}
	}
}

func trust(c *Client, servers ...*httptest.Server) {
	pool := x509.NewCertPool()
	for _, s := range servers {
		if s.Certificate() != nil {
			pool.AddCert(s.Certificate())
		}
	}
	c.transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}
}

// What can be judged without the proxy is refused before it is asked.
func TestProxyIsNotAskedForWhatIsRefused(t *testing.T) {
	t.Parallel()
	p := &proxy{status: http.StatusTeapot}
	at, _ := p.start(t, false)
	resolver := names(t, map[string][]string{
		"private.example.com": {"10.0.0.1", "fd00::1"}, "mixed.example.com": {"10.0.0.1", "93.184.215.14"}, "allowed.example.com": {"192.168.7.7"},
		"meta.example.com": {"169.254.169.254"},
	})
	c := client(t, Config{Proxy: at, Resolver: resolver, Allow: ranges(t, "192.168.7.0/24")})
	hosts := []string{
		"private.example.com", "PRIVATE.example.com.", "meta.example.com", "localhost", "LOCALHOST.", "a.localhost",
		"127.0.0.1.", "2130706433", "017700000001", "0177.0.0.1", "127.1", "127.1.", "0", "0x7f000001", "0X7F.1", "0x", "1.2.3.0x10", "127.0.0.01",
		"①②⑦.⓪.⓪.①", "127。0。0。1", "bücher.example.com", "a,b.example.com", "a'b.example.com", "a(b.example.com", "[fe80::1%25lo]", "[::ffff:10.0.0.1]",
	}
	for _, form := range refusedForms {
		if netip.MustParseAddr(form).Is6() {
			form = "[" + form + "]"
		}
		hosts = append(hosts, form)
	}
	for _, host := range hosts {
		for _, scheme := range []string{"http", "https"} {
			if _, err := c.Post(t.Context(), Callback{URL: scheme + "://" + host + ":8443/x"}); !errors.Is(err, ErrRefused) {
				t.Errorf("Post %s %s: %v, want it refused", scheme, host, err)
			}
			if _, err := c.Do(t.Context(), Request{Base: scheme + "://" + host}); !errors.Is(err, ErrRefused) {
				t.Errorf("Do %s %s: %v, want it refused", scheme, host, err)
			}
		}
		if _, err := c.HTTP().Get("http://" + host); !errors.Is(err, ErrRefused) {
			t.Errorf("HTTP %s: %v, want it refused", host, err)
		}
	}
	if p.asked.Load() != 0 {
		t.Errorf("the proxy was asked %d times, last for %s", p.asked.Load(), p.last())
	}
	for n, host := range []string{"8.8.8.8", "[2606:4700::1111]", "mixed.example.com", "allowed.example.com", "192.168.7.7", "unknown.example.com", "xn--bcher-kva.example.com", "a_b.example.com"} {
		res, err := c.Post(t.Context(), Callback{URL: "http://" + host + "/x"})
		if err != nil || res.Status != http.StatusTeapot || p.asked.Load() != int64(n+1) {
			t.Errorf("%s: %v, %v; the proxy was asked %d times", host, res, err, p.asked.Load())
		}
	}
	open := client(t, Config{Proxy: at, AllowPrivate: true})
	if res, err := open.Post(t.Context(), Callback{URL: "http://127.0.0.1:9/x"}); err != nil || res.Status != http.StatusTeapot {
		t.Errorf("with the guard off: %v, %v", res, err)
	}
}

// What is found of a name is kept, but not beyond a bound.
func TestScreenForgets(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	s := newScreen(newGuard(noAddrs, nil), dns(t, func(string, uint16) []netip.Addr {
		asked.Add(1)
		return []netip.Addr{netip.MustParseAddr("10.0.0.1")}
	}))
	for range 3 {
		if err := s.check(t.Context(), &url.URL{Host: "a.example.com"}); !errors.Is(err, ErrRefused) {
			t.Fatalf("%v, want it refused", err)
		}
	}
	if n := asked.Load(); n != 2 { // A and AAAA
		t.Errorf("%d questions, want 2", n)
	}
	for n := range screenNames + 10 {
		s.known["n"+strconv.Itoa(n)] = finding{}
	}
	_ = s.check(t.Context(), &url.URL{Host: "b.example.com"})
	if len(s.known) != 1 {
		t.Errorf("%d names are kept", len(s.known))
	}
	ended, end := context.WithCancel(t.Context())
	end()
	_ = s.check(ended, &url.URL{Host: "c.example.com"})
	if _, ok := s.known["c.example.com"]; ok {
		t.Error("a lookup that was cut off is kept")
	}
}

func TestFaultsOfTheProxy(t *testing.T) {
	t.Parallel()
	target := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(target.Close)
	closed, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	answering := func(status int, user string) *url.URL {
		u, _ := (&proxy{target: target.Listener.Addr().String(), status: status, user: user}).start(t, false)
		u.User = url.UserPassword("u", proxyPassword)
		return u
	}
	_, plain := (&proxy{}).start(t, false)
	_, secure := (&proxy{}).start(t, true)
	for _, c := range []struct {
		proxy *url.URL
		url   string
		kind  Kind
		want  string
	}{
		{answering(0, "u:other"), "https://example.com/", ErrDial, "the egress proxy refused this server's credentials (407)"},
		{answering(0, "u:other"), "http://example.com/", ErrDial, "the egress proxy refused this server's credentials (407)"},
		{answering(403, ""), "https://example.com/", ErrDial, "the egress proxy does not let this address be reached (403)"},
		{answering(502, ""), "https://example.com/", ErrDial, "the egress proxy could not connect (502)"},
		{&url.URL{Scheme: "http", User: url.UserPassword("u", proxyPassword), Host: closed.Addr().String()}, "https://example.com/", ErrDial, "the egress proxy cannot be reached: connection refused"},
		{&url.URL{Scheme: "http", User: url.UserPassword("u", proxyPassword), Host: closed.Addr().String()}, "http://example.com/", ErrDial, "the egress proxy cannot be reached: connection refused"},
		{&url.URL{Scheme: "http", User: url.UserPassword("u", proxyPassword), Host: "none.example.com:80"}, "http://example.com/", ErrDial, "the egress proxy cannot be reached: its name has no address"},
		{&url.URL{Scheme: "https", User: url.UserPassword("u", proxyPassword), Host: plain.Listener.Addr().String()}, "http://example.com/", ErrDial, "its TLS handshake failed"},
		{&url.URL{Scheme: "https", User: url.UserPassword("u", proxyPassword), Host: secure.Listener.Addr().String()}, "https://example.com/", ErrDial, "its TLS handshake failed"}, // a certificate that nobody knows
	} {
		_, err := client(t, Config{Proxy: c.proxy, Resolver: names(t, nil)}).Post(t.Context(), Callback{URL: c.url})
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q: %s", c.url, err, c.kind, c.want)
		}
		if err != nil && (strings.Contains(err.Error(), "CANARY") || strings.Contains(err.Error(), c.proxy.Host)) {
			t.Errorf("the error tells of the proxy: %v", err)
		}
	}
}

func TestParseProxy(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"http://proxy.internal", "http://10.0.0.1:3128", "https://u:p%40@proxy.internal:443/", "http://[::1]:8080"} {
		if _, err := ParseProxy(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "proxy:3128", "10.0.0.1:3128", "socks5://u:CANARY@h", "ftp://CANARY@h", "http://", "http://u:CANARY@", "http://u:CAN%ARY@h", "http://u:CANARY@h:0",
		"http://u:CANARY@h/path", "http://u:CANARY@h?x", "http://u:CANARY@h/#x", "http:u:CANARY@h"} {
		if _, err := ParseProxy(bad); err == nil || strings.Contains(err.Error(), "CAN") {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if _, err := New(Config{Proxy: &url.URL{Scheme: "socks5", Host: "h", User: url.UserPassword("u", "CANARY")}}); err == nil || strings.Contains(err.Error(), "CANARY") {
		t.Errorf("New: %v", err)
	}
}

// The environment of this process names a proxy for everything; see TestMain.
func TestProxiesOfTheEnvironmentAreNotUsed(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	at := serve(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	target := "http://example.com" + at[strings.LastIndex(at, ":"):]
	req, _ := http.NewRequest(http.MethodGet, target, nil)
	if u, err := http.ProxyFromEnvironment(req); err != nil || u == nil {
		t.Fatalf("the environment has no proxy: %v, %v", u, err)
	}
	c := client(t, Config{AllowPrivate: true, Resolver: names(t, map[string][]string{"example.com": {"127.0.0.1"}})})
	if _, err := c.Post(t.Context(), Callback{URL: target}); err != nil {
		t.Errorf("Post: %v", err)
	}
	if _, err := c.Do(t.Context(), Request{Base: target}); err != nil {
		t.Errorf("Do: %v", err)
	}
	if res, err := c.HTTP().Get(target); err != nil {
		t.Errorf("HTTP: %v", err)
	} else {
		_ = res.Body.Close()
	}
	if hits.Load() != 3 {
		t.Errorf("%d requests arrived, want 3", hits.Load())
	}
}
