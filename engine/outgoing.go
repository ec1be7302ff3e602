package engine

import (
	"net/netip"
	"net/url"

	"github.com/pollwright/pollwright/engine/egress"
)

// EgressRanges reads ranges for Config.AllowEgress: CIDRs or bare addresses, separated by commas. The error names each that is none.
func EgressRanges(texts ...string) ([]netip.Prefix, error) { return egress.ParseRanges(texts...) }

// EgressProxy reads the URL for Config.EgressProxy. The error does not repeat it: it may hold a password.
func EgressProxy(raw string) (*url.URL, error) { return egress.ParseProxy(raw) }

func (c Config) egress() egress.Config {
	return egress.Config{
		AllowPrivate: c.AllowPrivateEgress, Allow: c.AllowEgress, Proxy: c.EgressProxy, HTTPSCallbacks: c.HTTPSCallbacks, Logger: c.Logger,
	}
}
