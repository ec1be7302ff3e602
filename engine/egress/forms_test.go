package egress

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// refusedForms are addresses that must not be reached, as literals in URLs. The forms are those of IANA's special-purpose registries, of the
// large clouds' metadata services, and of ways to write one address inside another (RFC 4291, 6052, 8215, 3056, 4380, 5214).
var refusedForms = []string{
	"127.0.0.1", "127.1.2.3", "127.255.255.254", // loopback
	"0.0.0.0", "0.1.2.3", // this network
	"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255", // private
	"100.64.0.1", "100.127.255.255", // shared (CGNAT)
	"169.254.0.1", "169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192", // link-local and metadata
	"192.0.0.1", "192.0.2.1", "198.51.100.7", "203.0.113.9", // IETF assignments, documentation
	"198.18.0.1", "198.19.255.255", "192.88.99.1", // benchmarks, 6to4 relay
	"224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", // multicast, reserved, broadcast
	"::", "::1", // unspecified, loopback
	"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", // v4-mapped
	"::127.0.0.1", "::10.0.0.1", "::ffff:0:127.0.0.1", // v4-compatible, v4-translated
	"64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "64:ff9b:1::a00:1", // NAT64, local NAT64
	"2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", // 6to4, Teredo
	"2001:db8::1", "3fff::1", "2001:2::1", "2001:10::1", "2001:20::1", "100::1", // documentation, benchmarks, ORCHID, discard
	"fc00::1", "fd00::1", "fd00:ec2::254", "fd20:ce::254", // unique local, metadata of AWS and Google
	"fe80::1", "fe80::a9fe:a9fe", "fec0::1", "fe80::5efe:127.0.0.1", // link-local, OpenStack's metadata, site-local, ISATAP
	"ff02::1", "ff0e::1", "5f00::1", // multicast, segment routing
}

// Every form is judged where it counts: at the dial, on the address that came of the name. Each comes as a literal and as a name's address,
// through Post and through Do.
func TestAddressFormsAreRefusedAtDial(t *testing.T) {
	t.Parallel()
	if len(refusedForms) < 40 {
		t.Fatalf("only %d forms", len(refusedForms))
	}
	known := map[string][]string{}
	hosts := map[string]string{} // of URLs, by form
	for n, form := range refusedForms {
		name := "form" + strconv.Itoa(n) + ".example.com"
		known[name], hosts[name] = []string{form}, form
		literal := form
		if netip.MustParseAddr(form).Is6() {
			literal = "[" + form + "]"
		}
		hosts[literal] = form
	}
	hosts["[fe80::1%25lo]"], hosts["[fe80::1%251]"] = "fe80::1", "fe80::1"
	c := client(t, Config{Resolver: names(t, known)})
	for host, form := range hosts {
		reached := netip.MustParseAddr(form).Unmap().String() // of a v4-mapped address the system dials what is inside
		_, err := c.Post(t.Context(), Callback{URL: "http://" + host + ":9/"})
		checkRefused(t, "Post "+host, err, reached)
		_, err = c.Do(t.Context(), Request{Base: "https://" + host + ":9"})
		checkRefused(t, "Do "+host, err, reached)
	}
}

// checkRefused wants the words of the guard, about this address.
func checkRefused(t *testing.T, what string, err error, address string) {
	t.Helper()
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "may not be reached") || !strings.Contains(err.Error(), address) {
		t.Errorf("%s: %v, want the guard to refuse %s", what, err, address)
	}
}

// The machine's own addresses, whatever they are here.
func TestOwnAddressesAreRefusedAtDial(t *testing.T) {
	t.Parallel()
	addrs, err := net.InterfaceAddrs()
	if err != nil || len(addrs) == 0 {
		t.Fatalf("addresses of this machine: %v, %v", addrs, err)
	}
	c := client(t, Config{})
	for _, addr := range addrs {
		own := netip.MustParsePrefix(addr.String()).Addr()
		_, err := c.Post(t.Context(), Callback{URL: "http://" + netip.AddrPortFrom(own, 9).String()})
		checkRefused(t, "Post", err, own.String())
	}
}

// Ways to write an address that some parsers read and others do not. The resolver answers as inet_aton(3) would, so that a name that reaches
// it is a name that leads to loopback. What is not ErrRefused never comes as far as the guard: ErrInvalid is no URL to us, ErrDNS is a name
// that Go does not even ask for; a system resolver that reads it hands the guard 127.0.0.1, as for the forms with letters.
func TestTricksOfURLsAreRefused(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	server := serve(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	port := server[strings.LastIndex(server, ":"):]
	c := client(t, Config{Resolver: dns(t, func(name string, _ uint16) []netip.Addr {
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	})})
	for _, trick := range []struct {
		url  string // PORT is where loopback listens
		want Kind
	}{
		{"http://0x7f000001PORT/", ErrRefused}, // hexadecimal
		{"http://0X7F000001PORT/", ErrRefused},
		{"http://0x7f.0.0.1PORT/", ErrRefused},
		{"http://0x7f.1PORT/", ErrRefused},
		{"http://127.0x0.0.1PORT/", ErrRefused},
		{"http://2130706433PORT/", ErrDNS},   // decimal
		{"http://017700000001PORT/", ErrDNS}, // octal
		{"http://0177.0.0.1PORT/", ErrDNS},
		{"http://0177.0.0.01PORT/", ErrDNS},
		{"http://127.1PORT/", ErrDNS}, // short
		{"http://127.0.1PORT/", ErrDNS},
		{"http://0PORT/", ErrDNS},
		{"http://127.0.0.1.PORT/", ErrDNS}, // a dot at the end
		{"http://localhostPORT/", ErrRefused},
		{"http://LOCALHOSTPORT/", ErrRefused},
		{"http://localhost.PORT/", ErrRefused},
		{"HTTP://PRIVATE.EXAMPLE.COMPORT/", ErrRefused},
		{"http://private.example.com.PORT/", ErrRefused},
		{"http://127.0.0.1.nip.example.comPORT/", ErrRefused},
		{"http://xn--bcher-kva.example.comPORT/", ErrRefused},
		{"http://bücher.example.comPORT/", ErrRefused},
		{"http://①②⑦.⓪.⓪.①PORT/", ErrRefused}, // Unicode digits, letters and dots
		{"http://１２７.０.０.１PORT/", ErrRefused},
		{"http://𝟏𝟐𝟕.𝟎.𝟎.𝟏PORT/", ErrRefused},
		{"http://127。0。0。1PORT/", ErrRefused},
		{"http://127．0．0．1PORT/", ErrRefused},
		{"http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣPORT/", ErrRefused},
		{"http://[::FFFF:7F00:1]PORT/", ErrRefused},
		{"http://[0:0:0:0:0:ffff:127.0.0.1]PORT/", ErrRefused},
		{"http://[0000::0001]PORT/", ErrRefused},
		{"http://[::1%25lo]PORT/", ErrRefused}, // a zone
		{"http://[::1%lo]PORT/", ErrInvalid},
		{"http://[::ffff:127.0.0.1%25lo]PORT/", ErrRefused},
		{"http://[127.0.0.1]PORT/", ErrInvalid},
		{"http://[::1PORT/", ErrInvalid},
		{"http://::1PORT/", ErrInvalid},
		{"http://127.0.0.1PORT?@example.com/", ErrRefused}, // @ where it names no user
		{"http://127.0.0.1PORT/@example.com/", ErrRefused},
		{"http://example.com@127.0.0.1PORT/", ErrInvalid},
		{"http://example.com:443@127.0.0.1PORT/", ErrInvalid},
		{"http://@127.0.0.1PORT/", ErrInvalid},
		{"http://127.0.0.1PORT#@example.com/", ErrInvalid},
		{"http://example.com\\@127.0.0.1PORT/", ErrInvalid}, // backslashes
		{"http://127.0.0.1PORT\\@example.com/", ErrInvalid},
		{"http:\\\\127.0.0.1PORT/", ErrInvalid},
		{"http:///127.0.0.1PORT/", ErrInvalid},
		{"http:127.0.0.1PORT/", ErrInvalid},
		{"//127.0.0.1PORT/", ErrInvalid},
		{"http://%31%32%37.0.0.1PORT/", ErrInvalid}, // percent-encoded
		{"http://127%2e0%2e0%2e1PORT/", ErrInvalid},
		{"http://%E2%91%A0%E2%91%A1%E2%91%A6.0.0.1PORT/", ErrRefused},
		{"http://127.0.0.1%00.example.comPORT/", ErrInvalid},
		{"http://127.0.0.1%23.example.comPORT/", ErrInvalid},
		{"http://127.0.0.1 .example.comPORT/", ErrInvalid},
		{"http://127.0.0.1\tPORT/", ErrInvalid},
		{"http://127.0.0.1\r\nPORT/", ErrInvalid},
		{"ftp://127.0.0.1PORT/", ErrInvalid},
		{"file:///etc/passwd", ErrInvalid},
		{"gopher://127.0.0.1PORT/", ErrInvalid},
		{"unix:///run/docker.sock", ErrInvalid},
	} {
		url := strings.Replace(trick.url, "PORT", port, 1)
		_, err := c.Post(t.Context(), Callback{URL: url})
		if !errors.Is(err, trick.want) {
			t.Errorf("Post %q: %v, want %q", url, err, trick.want)
		}
		if trick.want == ErrRefused && err != nil && !strings.Contains(err.Error(), "may not be reached") {
			t.Errorf("Post %q: %v, want the words of the guard", url, err)
		}
		if _, err = c.Do(t.Context(), Request{Base: url}); !errors.Is(err, trick.want) && !errors.Is(err, ErrInvalid) {
			t.Errorf("Do %q: %v, want %q", url, err, trick.want)
		}
		res, err := c.HTTP().Get(url)
		if err == nil {
			_ = res.Body.Close()
			t.Errorf("HTTP %q: answered", url)
		}
	}
	if hits.Load() != 0 {
		t.Errorf("%d requests arrived", hits.Load())
	}
}

func TestPublicAddressesMayBeReached(t *testing.T) {
	t.Parallel()
	g := newGuard(noAddrs, nil)
	for _, text := range []string{
		"1.1.1.1", "8.8.8.8", "93.184.215.14", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
		"169.253.255.255", "169.255.0.1", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.1", "198.17.255.255", "198.20.0.1",
		"223.255.255.255", "168.63.129.17", "2606:4700::1111", "2001:4860:4860::8888", "2a00:1450:4001::1", "2003::1", "2001:200::1",
	} {
		if reason := g.judge(netip.MustParseAddr(text)); reason != "" {
			t.Errorf("%s: %s", text, reason)
		}
	}
}
