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

// clientAddress is who sent a request: the other end of the connection or, if that is a trusted proxy, whom it had the request from. Each
// proxy appends to X-Forwarded-For whom it heard; what stands before that comes from the client and may be anything. So the list is read from
// its end, up to the first that is no trusted proxy. (Fiber's own reading believes the first entry.)
func (s *Server) clientAddress(c *fiber.Ctx) netip.Addr {
	client, _ := netip.AddrFromSlice(c.Context().RemoteIP())
	client = client.Unmap()
	if len(s.proxies) == 0 || !s.trusts(client) {
		return client
	}
	var list []string
	for _, line := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		list = append(list, strings.Split(string(line), ",")...)
	}
	for _, entry := range slices.Backward(list) {
		addr, ok := parseForwarded(strings.TrimSpace(entry))
		if !ok {
			break // what is before it was not written by a proxy that we understand
		}
		if client = addr; !s.trusts(addr) {
			break
		}
	}
	return client
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

func (s *Server) trusts(addr netip.Addr) bool {
	return slices.ContainsFunc(s.proxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}
