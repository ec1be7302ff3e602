package egress

import (
	"errors"
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
	own    func() ([]net.Addr, error) // addresses of this machine's interfaces

	mu    sync.Mutex
	known map[netip.Addr]bool // what own last told, for when it fails
}

func newGuard(own func() ([]net.Addr, error)) *guard {
	return &guard{
		own: own,
		public: ssrf.New(
			ssrf.WithAnyPort(),
			// Azure's wire server: a public address that only ever reaches the host of a virtual machine.
			ssrf.WithDeniedV4Prefixes(netip.MustParsePrefix("168.63.129.16/32")),
		),
	}
}

// control is a net.Dialer.Control: it sees the address after name resolution, once for every connection.
func (g *guard) control(network, address string, conn syscall.RawConn) error {
	if err := g.public.Safe(network, address, conn); err != nil {
		return &refusal{address: address, reason: reason(err)}
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return &refusal{address: address, reason: "not an address"}
	}
	if g.isOwn(at.Addr().Unmap()) {
		return &refusal{address: address, reason: "it is this machine's own"}
	}
	return nil
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

func reason(err error) string {
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP):
		return "it is private, local or reserved"
	case errors.Is(err, ssrf.ErrProhibitedNetwork):
		return "only TCP is allowed"
	default:
		return "not an address"
	}
}

// refusal is the guard's answer.
type refusal struct{ address, reason string }

func (r *refusal) Error() string {
	return fmt.Sprintf("%s may not be reached: %s (allow private egress if this is intended)", r.address, r.reason)
}

func (r *refusal) Is(target error) bool { return target == ErrRefused }
