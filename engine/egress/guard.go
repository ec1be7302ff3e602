package egress

import (
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"

	"code.dny.dev/ssrf"
)

// guard judges addresses as they are dialed. The lists of the ssrf package are IANA's special-purpose registries: loopback, private,
// link-local (where cloud metadata lives), shared (CGNAT), multicast, documentation, v4-mapped, NAT64, 6to4 and Teredo among them.
type guard struct {
	public *ssrf.Guardian
	allow  []netip.Prefix             // reachable although refused
	own    func() ([]net.Addr, error) // addresses of this machine's interfaces

	mu    sync.Mutex
	known map[netip.Addr]bool // what own last told, for when it fails
}

func newGuard(own func() ([]net.Addr, error), allow []netip.Prefix) *guard {
	return &guard{
		own:   own,
		allow: allow,
		public: ssrf.New(
			ssrf.WithAnyPort(),
			// Azure's wire server: a public address that only ever reaches the host of a virtual machine.
			ssrf.WithDeniedV4Prefixes(netip.MustParsePrefix("168.63.129.16/32")),
		),
	}
}

// control is a net.Dialer.Control: it sees the address after name resolution, once for every connection.
func (g *guard) control(network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return &refusal{address: address, reason: "only TCP is allowed"}
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return &refusal{address: address, reason: "not an address"}
	}
	if reason := g.judge(at.Addr()); reason != "" {
		return &refusal{address: address, reason: reason}
	}
	return nil
}

// judge says why an address may not be reached; "" if it may.
func (g *guard) judge(a netip.Addr) string {
	switch plain := a.Unmap().WithZone(""); {
	case g.allowed(plain):
		return ""
	case metadata[plain]:
		return "it is where clouds give out credentials"
	case g.public.SafeAddr(a) != nil:
		return "it is private, local or reserved"
	case g.isOwn(plain):
		return "it is this machine's own"
	}
	return ""
}

// allowed compares unmapped addresses, without zones. A range of IPv4 does not stand for the same addresses inside NAT64, 6to4 or Teredo:
// there a machine elsewhere unpacks them, whose 10.0.0.0/8 is another one. Two kinds of address need more than a range that holds them: a
// metadata service the range of its one address, and an address of the NAT64 prefix that what is inside it may be reached.
func (g *guard) allowed(a netip.Addr) bool {
	for _, r := range g.allow {
		if !r.Contains(a) || metadata[a] && !r.IsSingleIP() {
			continue
		}
		if inner, ok := translated(a); ok && !r.IsSingleIP() && g.judge(inner) != "" {
			continue
		}
		return true
	}
	return false
}

// isOwn reports whether a is an address of this machine: services that listen on its public address trust the network as much as those on
// loopback do. Interfaces come and go, so they are read for every new connection.
func (g *guard) isOwn(a netip.Addr) bool {
	addrs, err := g.own()
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil {
		return g.known[a]
	}
	g.known = make(map[netip.Addr]bool, len(addrs))
	for _, addr := range addrs {
		if prefix, err := netip.ParsePrefix(addr.String()); err == nil {
			g.known[prefix.Addr().Unmap()] = true
		}
	}
	return g.known[a]
}

// refusal is the guard's answer.
type refusal struct{ address, reason string }

func (r *refusal) Error() string {
	return fmt.Sprintf("%s may not be reached: %s (whoever runs this server can allow it)", r.address, r.reason)
}

func (r *refusal) Is(target error) bool { return target == ErrRefused }
