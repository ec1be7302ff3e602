package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// Kind says what stopped an exchange. Each is an error, so that callers may write errors.Is(err, egress.ErrTimeout); its text is a word for
// attempts and metrics.
type Kind string

// Kinds of Error.
const (
	ErrInvalid   Kind = "invalid request"    // the request itself may not be sent; nothing left the process
	ErrLimited   Kind = "rate limited"       // the turn would come after the context's deadline; nothing left the process
	ErrAuthorize Kind = "authorize"          // the Authorizer failed; nothing left the process
	ErrRefused   Kind = "address refused"    // the guard refused the resolved address, or a callback is not https where it has to be
	ErrDNS       Kind = "name resolution"    // the host's name has no address
	ErrDial      Kind = "connect"            // connection refused, no route
	ErrTLS       Kind = "tls"                // handshake or certificate
	ErrTimeout   Kind = "timeout"            // a deadline passed: one of ours or the context's
	ErrReset     Kind = "connection reset"   // the peer closed the connection before the answer was complete
	ErrTooLarge  Kind = "answer too large"   // header or body above its cap
	ErrProtocol  Kind = "not an HTTP answer" // what came back could not be read as HTTP
	ErrCanceled  Kind = "canceled"           // the caller's context was canceled
)

func (k Kind) Error() string { return string(k) }

// Error is what every failed call returns. It unwraps to its Kind and to its cause.
type Error struct {
	Kind   Kind
	Method string
	URL    string // scheme, host and path: never user info, query or fragment
	// Detail is for people. It holds addresses and names of fields, never their values and never bytes of an answer.
	Detail string
	// After, of an ErrLimited, is when there is room again.
	After time.Duration
	cause error
}

func (e *Error) Error() string {
	text := string(e.Kind)
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.URL == "" {
		return text
	}
	return e.Method + " " + e.URL + ": " + text
}

func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.cause}
}

// fault makes an Error of what the transport said. The transport's own text is kept only where it cannot hold bytes of the peer or of us.
func fault(ctx context.Context, req *http.Request, err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	kind, detail, cause := classify(ctx, err)
	return &Error{Kind: kind, Method: req.Method, URL: display(req.URL), Detail: detail, cause: cause}
}

func classify(ctx context.Context, err error) (Kind, string, error) {
	var refused *refusal
	if errors.As(err, &refused) {
		return ErrRefused, refused.Error(), nil
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return ErrCanceled, "", context.Canceled
	}
	if kind, detail, ok := throughProxy(err); ok {
		return kind, detail, nil
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return ErrDNS, dns.Error(), dns
	}
	var timeout interface{ Timeout() bool }
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return ErrTimeout, phase(err), context.DeadlineExceeded
	}
	if isTLS(err) {
		return ErrTLS, tlsDetail(err), nil
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return ErrDial, op.Error(), op
	}
	if text := err.Error(); strings.Contains(text, "response headers exceeded") || strings.Contains(text, "response header list larger") {
		return ErrTooLarge, "header", nil
	}
	if isReset(err) {
		return ErrReset, "the peer closed the connection before the answer was complete", nil
	}
	return ErrProtocol, "", nil
}

// phase says what was being waited for. net/http tells it by fixed texts only.
func phase(err error) string {
	var op *net.OpError
	switch text := err.Error(); {
	case errors.As(err, &op) && op.Op == "dial":
		return "connecting"
	case strings.Contains(text, "TLS handshake timeout"):
		return "TLS handshake"
	case strings.Contains(text, "awaiting response headers"):
		return "waiting for the answer's header"
	default:
		return "the whole exchange took too long"
	}
}

func isTLS(err error) bool {
	var (
		record *tls.RecordHeaderError
		value  tls.RecordHeaderError
		verify *tls.CertificateVerificationError
		alert  tls.AlertError
		op     *net.OpError
	)
	return errors.As(err, &record) || errors.As(err, &value) || errors.As(err, &verify) || errors.As(err, &alert) ||
		errors.As(err, &op) && op.Op == "remote error" || errors.Is(err, http.ErrSchemeMismatch) ||
		strings.HasPrefix(err.Error(), "tls: ")
}

// tlsDetail keeps the words of certificate faults, which are about names and dates.
func tlsDetail(err error) string {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &host):
		return "the certificate is for another name than " + host.Host
	case errors.As(err, &authority):
		return "the certificate is signed by an unknown authority"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the certificate has expired or is not yet valid"
	case errors.Is(err, http.ErrSchemeMismatch):
		return "the server answered in plain HTTP"
	default:
		return "handshake failed"
	}
}

func isReset(err error) bool {
	text := err.Error()
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || strings.Contains(text, "server closed idle connection") ||
		strings.Contains(text, "unexpected EOF") || strings.Contains(text, "stream error") || strings.Contains(text, "server sent GOAWAY")
}

// display is a URL as errors and logs may show it.
func display(u *url.URL) string {
	if u == nil {
		return ""
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
}

// withoutPath leaves scheme and host of the URL in an Error.
func withoutPath(err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	bare := *e
	if u, parseErr := url.Parse(e.URL); parseErr == nil {
		bare.URL = (&url.URL{Scheme: u.Scheme, Host: u.Host}).String()
	} else {
		bare.URL = ""
	}
	return &bare
}
