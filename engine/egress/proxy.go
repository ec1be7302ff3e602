package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"syscall"
)

// ParseProxy reads the URL of a proxy for Config.Proxy. The error does not repeat it: it may hold a password.
func ParseProxy(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("is not a URL: http://host:port or http://user:password@host:port is expected, with %XX for special characters")
	}
	return u, checkProxy(u)
}

func checkProxy(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return errors.New("is not the URL of a proxy: it should begin with http:// or https://, like http://proxy.example.com:3128")
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("has more than a proxy's address: leave out what stands behind host and port")
	}
	bare := url.URL{Scheme: u.Scheme, Host: u.Host, Opaque: u.Opaque}
	return checkAbsolute(&bare)
}

// useProxy makes a transport send everything through a proxy. Its dialer then only ever dials the proxy.
func useProxy(t *http.Transport, proxy *url.URL) {
	t.Proxy = http.ProxyURL(proxy)
	t.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
		if res.StatusCode != http.StatusOK {
			return &proxyFault{res.StatusCode}
		}
		return nil
	}
	// The transport speaks HTTP/1.1 to a proxy, but would offer it HTTP/2. The handshake with the target is not made here.
	dial, limit := t.DialContext, t.TLSHandshakeTimeout
	t.DialTLSContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		plain, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		config := &tls.Config{MinVersion: tls.VersionTLS12}
		if t.TLSClientConfig != nil {
			config = t.TLSClientConfig.Clone()
		}
		config.ServerName, config.NextProtos = proxy.Hostname(), []string{"http/1.1"}
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		conn := tls.Client(plain, config)
		if err := conn.HandshakeContext(ctx); err != nil {
			_ = plain.Close()
			return nil, err
		}
		return conn, nil
	}
}

// proxyFault is an answer of the proxy itself, in place of the target's.
type proxyFault struct{ status int }

func (p *proxyFault) Error() string {
	switch p.status {
	case http.StatusProxyAuthRequired:
		return "the egress proxy refused this server's credentials (407)"
	case http.StatusForbidden:
		return "the egress proxy does not let this address be reached (403)"
	}
	return fmt.Sprintf("the egress proxy could not connect (%d)", p.status)
}

// throughProxy sorts what went wrong between us and the proxy; ok is false if the proxy has no part in it. The proxy's address is left out,
// as users read these texts.
func throughProxy(err error) (kind Kind, detail string, ok bool) {
	if answered, ok := errors.AsType[*proxyFault](err); ok {
		return ErrDial, answered.Error(), true
	}
	op, ok := errors.AsType[*net.OpError](err)
	if !ok || op.Op != "proxyconnect" {
		return "", "", false
	}
	if op.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return ErrTimeout, "connecting to the egress proxy", true
	}
	detail = "the egress proxy cannot be reached"
	if _, named := errors.AsType[*net.DNSError](err); named {
		detail += ": its name has no address"
	} else if isTLS(op.Err) {
		detail += ": its TLS handshake failed"
	} else if errno, ok := errors.AsType[syscall.Errno](err); ok {
		detail += ": " + errno.Error()
	}
	return ErrDial, detail, true
}
