package egress

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	maxAnswer     = 64 << 10 // kept of a callback's answer
	maxTokenReply = 1 << 20  // of an answer read through HTTP
	writeBuffer   = 16 << 10 // most notifications leave in one write; net/http's 4 KiB costs two, and a buffer for the rest
)

// Client sends requests. It is safe for concurrent use and keeps connections open between them.
type Client struct {
	config    Config
	transport *http.Transport
	screen    *screen // with a proxy, in place of the guard
}

// New makes a Client.
func New(config Config) (*Client, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	for _, r := range config.Allow {
		if wide(r) {
			config.Logger.Warn("egress is allowed to a very wide range: whoever names a URL can reach the services of this network", "range", r.String())
		}
	}
	dialer := &net.Dialer{Timeout: config.DialTimeout, Resolver: config.Resolver}
	c := &Client{config: config, transport: &http.Transport{
		Proxy:                  nil, // the environment's would dial for us, past the guard
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    config.TLSTimeout,
		ResponseHeaderTimeout:  config.HeaderTimeout,
		MaxResponseHeaderBytes: config.MaxHeader,
		ForceAttemptHTTP2:      true,
		WriteBufferSize:        writeBuffer,
		MaxIdleConns:           512,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        90 * time.Second,
	}}
	var g *guard
	if !config.AllowPrivate {
		g = newGuard(net.InterfaceAddrs, config.Allow)
	}
	switch {
	case config.Proxy != nil:
		useProxy(c.transport, config.Proxy)
		if g != nil {
			c.screen = newScreen(g, config.Resolver)
		}
	case g != nil:
		dialer.Control = g.control
	}
	return c, nil
}

// Do sends a request to a provider and reads the whole answer. Any status is an answer, redirects too; an error is always an *Error.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	req, err := r.build(ctx, c.config)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	err = r.Limiter.wait(ctx, r, req)
	if c.config.OnWait != nil && r.Limiter != nil {
		c.config.OnWait(time.Since(began), err)
	}
	if err != nil {
		return nil, err
	}
	if err := authorize(ctx, r.Authorizer, req); err != nil {
		return nil, err
	}
	res, err := c.exchange(req, r.MaxResponse, r.Timeout)
	if err != nil {
		return nil, err
	}
	if res.Cut != nil {
		return nil, res.Cut
	}
	r.Limiter.Heard(res.Status, res.Header)
	if err := plain(req, res); err != nil {
		return nil, err
	}
	return res, nil
}

// plain refuses a body in an encoding that nobody asked for: the transport has undone its own, gzip. Such a body could not be searched for what
// must not be in it.
func plain(req *http.Request, res *Response) error {
	encoding := strings.Join(res.Header.Values("Content-Encoding"), ",")
	if encoding == "" || strings.EqualFold(encoding, "identity") || len(res.Body) == 0 {
		return nil
	}
	return &Error{Kind: ErrProtocol, Method: req.Method, URL: display(req.URL), Detail: "the body is in an encoding that was not asked for"}
}

// Post sends a notification to a callback URL. Once the answer's header is there the call succeeds: the status is what counts, and
// Response.Cut says if the rest did not come or was too long.
//
// Errors show scheme and host only: the path of a callback URL is often its secret.
func (c *Client) Post(ctx context.Context, r Callback) (*Response, error) {
	req, err := r.build(ctx, c.config)
	if err != nil {
		return nil, withoutPath(err)
	}
	if r.MaxAnswer <= 0 {
		r.MaxAnswer = maxAnswer
	}
	res, err := c.exchange(req, r.MaxAnswer, r.Timeout)
	if err != nil {
		return nil, withoutPath(err)
	}
	if res.Cut != nil {
		res.Cut = withoutPath(res.Cut)
	}
	return res, nil
}

// HTTP gives a client for libraries that bring their own requests, such as an OAuth2 one: the same guard, deadlines and caps (1 MiB of an
// answer), and redirects are answers.
func (c *Client) HTTP() *http.Client {
	return &http.Client{
		Transport:     roundTripper{c},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Close closes the idle connections. Running calls go on to their end.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// exchange sends a checked request. It bypasses http.Client: no redirects, no cookies, no URL in the error.
func (c *Client) exchange(req *http.Request, limit int64, timeout time.Duration) (*Response, error) {
	if timeout <= 0 {
		timeout = c.config.TotalTimeout
	}
	if limit <= 0 {
		limit = c.config.MaxResponse
	}
	caller := req.Context()
	ctx, cancel := context.WithTimeout(caller, timeout)
	defer cancel()
	started := time.Now()
	res, err := c.send(req.WithContext(ctx))
	if err != nil {
		err := fault(caller, req, err)
		c.config.Logger.DebugContext(caller, "request failed", "method", req.Method, "host", req.URL.Host, "kind", string(err.Kind))
		return nil, err
	}
	defer func() { _ = res.Body.Close() }() // with bytes left unread this closes the connection, too
	out := &Response{Status: res.StatusCode, Header: res.Header, RTT: time.Since(started)}
	if date, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		out.Date = date
	}
	body, err := read(res, limit)
	if err != nil {
		out.Cut = fault(caller, req, err)
	}
	out.Body, out.Duration = body, time.Since(started)
	c.config.Logger.DebugContext(caller, "request done", "method", req.Method, "host", req.URL.Host, "status", out.Status,
		"duration", out.Duration, "bytes", len(out.Body))
	return out, nil
}

// send takes a request to the header of its answer.
func (c *Client) send(req *http.Request) (*http.Response, error) {
	if err := c.screen.check(req.Context(), req.URL); err != nil {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, err
	}
	res, err := c.transport.RoundTrip(req)
	if err == nil && c.config.Proxy != nil && req.URL.Scheme == "http" && res.StatusCode == http.StatusProxyAuthRequired {
		_ = res.Body.Close()
		return nil, &proxyFault{res.StatusCode}
	}
	return res, err
}

// read reads a body up to a cap. The cap is on what the transport has decompressed, so that a small answer cannot become a large one.
func read(res *http.Response, limit int64) ([]byte, error) {
	body, err := readAll(io.LimitReader(res.Body, limit+1), min(res.ContentLength, limit))
	if int64(len(body)) > limit {
		return body[:limit], &Error{Kind: ErrTooLarge, Method: res.Request.Method, URL: display(res.Request.URL),
			Detail: fmt.Sprintf("the body has more than %d bytes", limit)}
	}
	return body, err
}

// readAll is io.ReadAll into a buffer of the announced size, of which at most firstBuffer is believed: growing one copies a page several times.
func readAll(r io.Reader, announced int64) ([]byte, error) {
	var body bytes.Buffer
	body.Grow(int(min(max(announced, 0), firstBuffer)) + bytes.MinRead)
	_, err := body.ReadFrom(r)
	return body.Bytes(), err
}

// firstBuffer is how much memory an answer's header can claim.
const firstBuffer = 1 << 20

type roundTripper struct{ client *Client }

func (t roundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := checkAbsolute(req.URL); err != nil {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, &Error{Kind: ErrInvalid, Detail: err.Error()}
	}
	out := req.Clone(req.Context())
	if out.Header.Get("User-Agent") == "" {
		out.Header.Set("User-Agent", t.client.config.UserAgent)
	}
	res, err := t.client.exchange(out, maxTokenReply, 0)
	if err != nil {
		return nil, err
	}
	if res.Cut != nil {
		return nil, res.Cut
	}
	return &http.Response{
		Status: http.StatusText(res.Status), StatusCode: res.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: res.Header, Body: io.NopCloser(bytes.NewReader(res.Body)), ContentLength: int64(len(res.Body)), Request: req,
	}, nil
}
