package egress

import (
	"errors"
	"net"
	"testing"
)

func noAddrs() ([]net.Addr, error) { return nil, nil }

func TestGuardRefusesAddressForms(t *testing.T) {
	t.Parallel()
	forms := append([]string{"::ffff:8.8.8.8", "fe80::1%eth0", "2606:4700::1111%eth0"}, refusedForms...)
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
