package egress

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// ParseRanges reads ranges for Config.Allow: CIDRs, or bare addresses, which stand for themselves, separated by commas. The error names
// every text that is none and says what would be right.
func ParseRanges(texts ...string) ([]netip.Prefix, error) {
	var (
		ranges []netip.Prefix
		faults []error
	)
	for _, text := range strings.Split(strings.Join(texts, ","), ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		r, err := parseRange(text)
		if err != nil {
			faults = append(faults, fmt.Errorf("%.80q %w", text, err))
			continue
		}
		ranges = append(ranges, r)
	}
	return ranges, errors.Join(faults...)
}

func parseRange(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		if a.Zone() != "" {
			return netip.Prefix{}, errors.New("has a zone (what stands from % on): leave it out, a range holds for every interface")
		}
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, errors.New("is not a range of addresses: a CIDR like 10.0.0.0/8 or fd00::/8, or one address like 10.1.2.3, is expected")
	}
	if p.Masked() != p {
		return netip.Prefix{}, fmt.Errorf("has bits set behind its length: give %s for the whole range, or %s for the one address", p.Masked(), p.Addr())
	}
	return unmapped(p), nil
}

// unmapped is a range of IPv4 that was written as one of v4-mapped addresses: ::ffff:10.0.0.0/104 is 10.0.0.0/8.
func unmapped(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p
}

// The shortest ranges that have a use: the longest special-purpose ranges are 10.0.0.0/8 and fc00::/7.
const leastBits4, leastBits6 = 8, 7

// wide reports that a range takes in much of the internet, and so, most likely, more than its author thought of.
func wide(p netip.Prefix) bool {
	return p.Addr().Is4() && p.Bits() < leastBits4 || p.Addr().Is6() && p.Bits() < leastBits6
}

// metadata are the addresses at which clouds hand a machine its own credentials: AWS, Google, Azure and others; AWS's ECS tasks and EKS pods;
// Oracle; Alibaba; Azure's wire server; OpenStack; AWS, its EKS pods and Google over IPv6.
var metadata = func() map[netip.Addr]bool {
	all := map[netip.Addr]bool{}
	for _, text := range []string{"169.254.169.254", "169.254.170.2", "169.254.170.23", "192.0.0.192", "100.100.100.200", "168.63.129.16",
		"fe80::a9fe:a9fe", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254"} {
		all[netip.MustParseAddr(text)] = true
	}
	return all
}()

// nat64 is RFC 6052's well-known prefix: its addresses are those of IPv4, reached through a translator.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// translated gives the IPv4 address inside one of the well-known NAT64 prefix.
func translated(a netip.Addr) (netip.Addr, bool) {
	if !nat64.Contains(a) {
		return a, false
	}
	b := a.As16()
	return netip.AddrFrom4([4]byte(b[12:])), true
}
