package egress

import (
	"errors"
	"net"
	"testing"
)

func noAddrs() ([]net.Addr, error) { return nil, nil }

// The forms are those of IANA's special-purpose registries, of the large clouds' metadata services, and of ways to write one address inside
// another (RFC 4291, 6052, 3056, 4380, 5214).
func TestGuardRefusesAddressForms(t *testing.T) {
	t.Parallel()
	forms := []string{
		"127.0.0.1", "127.0.0.2", "127.255.255.254", "127.1.2.3", // loopback
		"0.0.0.0", "0.1.2.3", // this network
		"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255", // private
		"100.64.0.1", "100.127.255.255", "100.100.100.200", // shared; Alibaba metadata
		"169.254.0.1", "169.254.169.254", "169.254.170.2", // link-local; metadata of AWS, GCP, Azure; ECS
		"168.63.129.16",            // Azure wire server
		"192.0.0.1", "192.0.0.192", // IETF assignments; Oracle metadata
		"192.0.2.1", "198.51.100.7", "203.0.113.9", // documentation
		"198.18.0.1", "198.19.255.255", // benchmarking
		"192.88.99.1",                  // 6to4 relay
		"224.0.0.1", "239.255.255.250", // multicast
		"240.0.0.1", "255.255.255.255", // reserved, broadcast
		"::", "::1", // unspecified, loopback
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:8.8.8.8", // v4-mapped
		"::127.0.0.1",                           // v4-compatible
		"::ffff:0:127.0.0.1",                    // v4-translated
		"64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", // NAT64
		"64:ff9b:1::7f00:1",                  // local NAT64
		"2002:7f00:1::", "2002:a9fe:a9fe::1", // 6to4
		"2001:0:4136:e378:8000:63bf:3fff:fdd2", // Teredo
		"2001:db8::1", "3fff::1",               // documentation
		"2001:10::1", "2001:20::1", // ORCHID
		"100::1",                                              // discard
		"fc00::1", "fd00::1", "fd00:ec2::254", "fd20:ce::254", // unique local; AWS and GCP metadata
		"fe80::1", "fe80::1%eth0", "fec0::1", // link-local, with a zone, site-local
		"fe80::5efe:127.0.0.1", // ISATAP
		"ff02::1", "ff0e::1",   // multicast
		"5f00::1", // segment routing
	}
	if len(forms) < 40 {
		t.Fatalf("only %d forms", len(forms))
	}
	g := newGuard(noAddrs, nil)
	for _, form := range forms {
		for _, network := range []string{"tcp4", "tcp6"} {
			if err := g.control(network, net.JoinHostPort(form, "443"), nil); !errors.Is(err, ErrRefused) {
				t.Errorf("%s over %s: %v, want it refused", form, network, err)
			}
		}
	}
}

func TestGuardLetsPublicAddressesPass(t *testing.T) {
	t.Parallel()
	g := newGuard(noAddrs, nil)
	for _, address := range []string{"8.8.8.8:443", "1.1.1.1:80", "172.32.0.1:8080", "100.128.0.1:443", "168.63.129.17:80", "[2606:4700::1111]:443"} {
		if err := g.control("tcp", address, nil); !errors.Is(err, ErrRefused) {
			t.Errorf("%s over an unnamed network passed", address)
		}
		network := "tcp4"
		if address[0] == '[' {
			network = "tcp6"
		}
		if err := g.control(network, address, nil); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, network := range []string{"udp4", "unix", ""} {
		if err := g.control(network, "8.8.8.8:443", nil); !errors.Is(err, ErrRefused) {
			t.Errorf("network %q passed", network)
		}
	}
	for _, address := range []string{"", "8.8.8.8", "example.com:443", "/run/docker.sock"} {
		if err := g.control("tcp4", address, nil); !errors.Is(err, ErrRefused) {
			t.Errorf("address %q passed", address)
		}
	}
}

func TestGuardRefusesOwnPublicAddress(t *testing.T) {
	t.Parallel()
	broken := false
	g := newGuard(func() ([]net.Addr, error) {
		if broken {
			return nil, errors.New("netlink is not there")
		}
		return []net.Addr{&net.IPNet{IP: net.ParseIP("8.8.4.4"), Mask: net.CIDRMask(24, 32)}}, nil
	}, nil)
	for range 2 { // the second time from memory
		if err := g.control("tcp4", "8.8.4.4:443", nil); !errors.Is(err, ErrRefused) {
			t.Errorf("own address: %v, want it refused", err)
		}
		if err := g.control("tcp4", "8.8.4.5:443", nil); err != nil {
			t.Errorf("a neighbour: %v", err)
		}
		broken = true
	}
}
