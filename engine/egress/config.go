package egress

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"time"
)

// Defaults of Config.
const (
	DefaultDialTimeout   = 5 * time.Second
	DefaultTLSTimeout    = 5 * time.Second
	DefaultHeaderTimeout = 15 * time.Second
	DefaultTotalTimeout  = 20 * time.Second
	DefaultMaxResponse   = 16 << 20 // bytes, decompressed
	DefaultMaxRequest    = 8 << 20  // bytes
	DefaultMaxHeader     = 64 << 10 // bytes of an answer's header
	DefaultUserAgent     = "pollwright"
)

// Config of a Client. The zero value of each field is its default.
type Config struct {
	// AllowPrivate switches the address guard off: loopback, private and link-local addresses may be reached. For tests, the demo and
	// machines whose users are all trusted.
	AllowPrivate bool
	// Allow are ranges that may be reached although the guard refuses them, this machine's own addresses among them. An IPv4 range holds for
	// v4-mapped addresses, too, and for no other form of IPv4 inside IPv6. The metadata service of a cloud is allowed only by a range of
	// that one address. ParseRanges reads them; a range that takes in much of the internet is warned of.
	Allow []netip.Prefix
	// HTTPSCallbacks makes Post refuse URLs of plain http.
	HTTPSCallbacks bool
	// Proxy, if set, gets every request: an http or https URL, whose user and password go to the proxy only. The environment's HTTP_PROXY and
	// its kin are never read. A proxy dials in our place, so the guard cannot see what it reaches; see the package comment.
	Proxy *url.URL
	// DialTimeout covers name resolution and connecting, TLSTimeout the handshake, HeaderTimeout the wait for the answer's header after
	// the request is written, TotalTimeout all of it and the body.
	DialTimeout, TLSTimeout, HeaderTimeout, TotalTimeout time.Duration
	// MaxResponse caps a response body after decompression, MaxRequest a request body, MaxHeader the header of a response, in bytes.
	MaxResponse, MaxRequest, MaxHeader int64
	UserAgent                          string
	// Resolver replaces the system's name resolution.
	Resolver *net.Resolver
	// OnWait is told how long a request to a provider waited for its turn, and why it did not get one. It must not block. Default: nobody.
	OnWait func(time.Duration, error)
	// Logger gets one Debug line for each exchange, and a warning of a range of Allow that is very wide. Default: nothing is logged.
	Logger *slog.Logger
}

func (c Config) withDefaults() (Config, error) {
	durations := []struct {
		name  string
		value *time.Duration
		def   time.Duration
	}{
		{"DialTimeout", &c.DialTimeout, DefaultDialTimeout},
		{"TLSTimeout", &c.TLSTimeout, DefaultTLSTimeout},
		{"HeaderTimeout", &c.HeaderTimeout, DefaultHeaderTimeout},
		{"TotalTimeout", &c.TotalTimeout, DefaultTotalTimeout},
	}
	for _, d := range durations {
		if *d.value < 0 {
			return c, fmt.Errorf("egress: Config.%s is %v: it must not be negative (0 = %v)", d.name, *d.value, d.def)
		}
		if *d.value == 0 {
			*d.value = d.def
		}
	}
	sizes := []struct {
		name  string
		value *int64
		def   int64
	}{
		{"MaxResponse", &c.MaxResponse, DefaultMaxResponse},
		{"MaxRequest", &c.MaxRequest, DefaultMaxRequest},
		{"MaxHeader", &c.MaxHeader, DefaultMaxHeader},
	}
	for _, s := range sizes {
		if *s.value < 0 {
			return c, fmt.Errorf("egress: Config.%s is %d bytes: it must not be negative (0 = %d)", s.name, *s.value, s.def)
		}
		if *s.value == 0 {
			*s.value = s.def
		}
	}
	for i, r := range c.Allow {
		if !r.IsValid() {
			return c, fmt.Errorf("egress: Config.Allow[%d] is not a range of addresses", i)
		}
	}
	if c.Proxy != nil {
		if err := checkProxy(c.Proxy); err != nil {
			return c, fmt.Errorf("egress: Config.Proxy: %w", err)
		}
	}
	if c.UserAgent == "" {
		c.UserAgent = DefaultUserAgent
	}
	if !validHeaderValue(c.UserAgent) {
		return c, fmt.Errorf("egress: Config.UserAgent holds a control character")
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}
