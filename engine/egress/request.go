package egress

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Authorizer puts credentials into a request, just before it is sent. It may set headers only.
type Authorizer interface {
	Authorize(ctx context.Context, req *http.Request) error
}

// Request is one request to a provider.
type Request struct {
	Method string // GET (default), HEAD, POST, PUT, PATCH or DELETE
	Base   string // the URL below which the request must stay: "https://app.icontact.com/icp"
	Path   string // percent-encoded, begins with "/": "/a/1/c/2/contacts"; "" is the base itself
	Query  []Param
	Header http.Header // without Authorization, Cookie, Host, framing and hop-by-hop fields: those are refused
	Body   []byte
	// Authorizer, if set, is asked once for this request.
	Authorizer Authorizer
	// Limiter, if set, is waited for before the request is authorized. The wait does not count against the timeouts.
	Limiter *Limiter
	// Priority is its turn among the requests that wait for the same Limiter.
	Priority Priority
	// Whose it is: those of one priority take turns by it. An instance's id.
	Whose string
	// MaxResponse is Config.MaxResponse unless set, Timeout is Config.TotalTimeout unless set.
	MaxResponse int64
	Timeout     time.Duration
}

// Callback is a POST to a URL that a user named.
type Callback struct {
	URL    string      // absolute; may have a query
	Header http.Header // framing and hop-by-hop fields are refused
	Body   []byte
	// MaxAnswer bytes of the answer are kept (default 64 KiB); a longer one is cut and its connection closed.
	MaxAnswer int64
	Timeout   time.Duration // default Config.TotalTimeout
}

// Response is an answer, read to its end.
type Response struct {
	Status int
	Header http.Header // as received, Set-Cookie included: choose what an adapter may see
	Body   []byte      // decompressed
	Date   time.Time   // of the Date header; zero if there is none or it cannot be read
	// RTT is the time from sending to the answer's header, Duration to the end of its body.
	RTT, Duration time.Duration
	// Cut says why Body is incomplete. Only Post returns such answers: there the status counts even when the rest never comes.
	Cut error
}

func (r Request) build(ctx context.Context, c Config) (*http.Request, error) {
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		return nil, &Error{Kind: ErrInvalid, Detail: fmt.Sprintf("method %q is not allowed: GET, HEAD, POST, PUT, PATCH or DELETE is", method)}
	}
	base, err := parseBase(r.Base)
	if err != nil {
		return nil, &Error{Kind: ErrInvalid, Detail: err.Error()}
	}
	u, err := join(base, r.Path, r.Query)
	if err != nil {
		return nil, &Error{Kind: ErrInvalid, Method: method, URL: display(base), Detail: err.Error()}
	}
	forbidden := func(name string) bool { return reserved(name) || credentials(name) }
	return build(ctx, c, &http.Request{Method: method, URL: u, Header: r.Header}, r.Body, forbidden)
}

func (r Callback) build(ctx context.Context, c Config) (*http.Request, error) {
	u, err := parseAbsolute(r.URL)
	if err != nil {
		return nil, &Error{Kind: ErrInvalid, Detail: "callback: " + err.Error()}
	}
	if c.HTTPSCallbacks && u.Scheme != "https" { // the callback is to blame, not what is sent to it: ErrInvalid would be the request's fault
		return nil, &Error{Kind: ErrRefused, Method: http.MethodPost, URL: display(u),
			Detail: "this server sends notifications over https only: the callback URL should begin with https://"}
	}
	return build(ctx, c, &http.Request{Method: http.MethodPost, URL: u, Header: r.Header}, r.Body, reserved)
}

// build makes the request that leaves: a copy of the header, checked, and a body that can be sent again on a fresh connection.
func build(ctx context.Context, c Config, r *http.Request, body []byte, forbidden func(string) bool) (*http.Request, error) {
	invalid := func(err error) error {
		return &Error{Kind: ErrInvalid, Method: r.Method, URL: display(r.URL), Detail: err.Error()}
	}
	if err := checkHeader(r.Header, forbidden); err != nil {
		return nil, invalid(err)
	}
	if int64(len(body)) > c.MaxRequest {
		return nil, invalid(fmt.Errorf("body has %d bytes, %d are allowed", len(body), c.MaxRequest))
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, "", bytes.NewReader(body))
	if err != nil {
		return nil, invalid(err)
	}
	if len(body) == 0 {
		req.Body, req.GetBody = http.NoBody, func() (io.ReadCloser, error) { return http.NoBody, nil }
	}
	req.URL, req.Host = r.URL, r.URL.Host
	for name, values := range r.Header { // a name may come in any case
		for _, v := range values {
			req.Header.Add(name, v)
		}
	}
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", c.UserAgent)
	}
	return req, nil
}

// authorize lets the Authorizer at the request and checks that it did what it may.
func authorize(ctx context.Context, a Authorizer, req *http.Request) error {
	if a == nil {
		return nil
	}
	shown := display(req.URL)
	failed := func(detail string, err error) error {
		return &Error{Kind: ErrAuthorize, Method: req.Method, URL: shown, Detail: detail, cause: err}
	}
	target := *req.URL
	if err := a.Authorize(ctx, req); err != nil {
		if ctx.Err() == context.Canceled {
			return &Error{Kind: ErrCanceled, Method: req.Method, URL: shown, cause: context.Canceled}
		}
		return failed(err.Error(), err)
	}
	if *req.URL != target || req.Host != target.Host {
		return failed("the authorizer changed the address: it may set headers only", nil)
	}
	if err := checkHeader(req.Header, reserved); err != nil {
		return failed(err.Error(), nil)
	}
	return nil
}
