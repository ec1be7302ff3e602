package egress

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Bounds of a screen.
const (
	screenLookup = 2 * time.Second // a closed network may have no names of the outside
	screenKeeps  = time.Minute     // what was found of a name
	screenNames  = 4096
)

// screen judges, before a proxy is asked, what can be judged without it: literal addresses, and names that resolve here to refused addresses
// only. It is no substitute for the guard, as the proxy resolves for itself and later; so its findings may be a minute old.
type screen struct {
	guard    *guard
	resolver *net.Resolver

	mu    sync.Mutex
	known map[string]finding
}

type finding struct {
	refused *refusal // nil: not refused
	at      time.Time
}

func newScreen(g *guard, resolver *net.Resolver) *screen {
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	return &screen{guard: g, resolver: resolver, known: map[string]finding{}}
}

// check returns a *refusal or nil. A nil screen checks nothing.
func (s *screen) check(ctx context.Context, u *url.URL) error {
	if s == nil {
		return nil
	}
	host := strings.ToLower(u.Hostname())
	name := strings.TrimSuffix(host, ".") // to a proxy, "127.0.0.1." may be an address
	if a, err := netip.ParseAddr(name); err == nil {
		return s.literal(host, a)
	}
	switch {
	case strings.ContainsFunc(name, func(r rune) bool { return !nameRune(r) }):
		return &refusal{address: host, reason: "through a proxy a name has letters, digits, hyphens and dots only (xn-- for others)"}
	case likeNumber(name):
		return &refusal{address: host, reason: "it reads as a number: an IPv4 address is four decimal numbers without leading zeros"}
	case name == "localhost" || strings.HasSuffix(name, ".localhost"): // RFC 6761: whatever the proxy's names say
		return s.literal(host, netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	}
	if refused := s.named(ctx, name); refused != nil {
		return refused
	}
	return nil
}

func (s *screen) literal(host string, a netip.Addr) error {
	if reason := s.guard.judge(a); reason != "" {
		return &refusal{address: host, reason: reason}
	}
	return nil
}

func nameRune(r rune) bool {
	return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.'
}

// likeNumber reports a name that resolvers and browsers read as an IPv4 address: 127.1, 0x7f.0.0.1, 017700000001, 2130706433. No top-level
// domain is a number (the "ends in a number" check of the WHATWG URL standard).
func likeNumber(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(last, "0123456789") == ""
}

// named judges a name by all its addresses. One that has none here is the proxy's to know.
func (s *screen) named(ctx context.Context, name string) *refusal {
	s.mu.Lock()
	found, ok := s.known[name]
	s.mu.Unlock()
	if ok && time.Since(found.at) < screenKeeps {
		return found.refused
	}
	limited, cancel := context.WithTimeout(ctx, screenLookup)
	defer cancel()
	addrs, err := s.resolver.LookupNetIP(limited, "ip", name)
	if err != nil && ctx.Err() != nil {
		return nil // the exchange fails by itself
	}
	found = finding{at: time.Now()}
	for _, a := range addrs {
		reason := s.guard.judge(a.Unmap())
		if reason == "" {
			found.refused = nil
			break
		}
		found.refused = &refusal{address: name + " (" + a.Unmap().String() + ")", reason: reason}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= screenNames {
		clear(s.known)
	}
	s.known[name] = found
	return found.refused
}
