package api

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// ParseProxies reads the ranges that reverse proxies are in, as "10.0.0.0/8" or "10.0.0.1". The error names what is none.
func ParseProxies(texts ...string) (ranges []netip.Prefix, err error) {
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if addr, single := netip.ParseAddr(text); single == nil {
			prefix, err = netip.PrefixFrom(addr.Unmap().WithZone(""), addr.Unmap().BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("should be ranges or addresses, like 10.0.0.0/8 or ::1, is %q", text)
		}
		ranges = append(ranges, prefix.Masked())
	}
	return ranges, nil
}

// proxies are the ranges of the reverse proxies that are believed.
type proxies []netip.Prefix

// clientAddress is who sent a request.
func (s *Server) clientAddress(c *fiber.Ctx) netip.Addr {
	peer, _ := netip.AddrFromSlice(c.Context().RemoteIP())
	var forwarded []string
	for _, line := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		forwarded = append(forwarded, string(line))
	}
	return s.proxies.client(peer.Unmap(), forwarded)
}

// client is the other end of the connection or, if that is a proxy, whom it had the request from. Each proxy appends to X-Forwarded-For whom
// it heard; what stands before that comes from the client and may be anything. So the list is read from its end, up to the first that is no
// proxy. (Fiber's own reading believes the first entry.)
func (p proxies) client(peer netip.Addr, forwarded []string) netip.Addr {
	if !p.have(peer) {
		return peer
	}
	for _, entry := range slices.Backward(strings.Split(strings.Join(forwarded, ","), ",")) {
		addr, ok := parseForwarded(strings.TrimSpace(entry))
		if !ok {
			break // what is before it was not written by a proxy that we understand
		}
		if peer = addr; !p.have(addr) {
			break
		}
	}
	return peer
}

// parseForwarded reads an address, with a port if a proxy adds it.
func parseForwarded(entry string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(entry)
	if err != nil {
		var port netip.AddrPort
		port, err = netip.ParseAddrPort(entry)
		addr = port.Addr()
	}
	return addr.Unmap().WithZone(""), err == nil
}

func (p proxies) have(addr netip.Addr) bool {
	return slices.ContainsFunc(p, func(r netip.Prefix) bool { return r.Contains(addr) })
}
