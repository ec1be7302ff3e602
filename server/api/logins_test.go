package api

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// count is how many failed logins of an address are heard.
func count(l *logins, addr string) (n int) {
	for n < 1000 {
		if _, err := l.fail(netip.MustParseAddr(addr)); err != nil {
			return n
		}
		n++
	}
	return n
}

func TestFailedLoginsOfAnAddress(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	l := newLogins(10)
	l.now = func() time.Time { return now }
	if n := count(l, "192.0.2.1"); n != 10 {
		t.Errorf("%d failures are heard, want 10", n)
	}
	if n := count(l, "192.0.2.2"); n != 10 {
		t.Errorf("of another address %d failures are heard", n)
	}
	if n := count(l, "2001:db8::1"); n != 10 {
		t.Errorf("of an IPv6 address %d failures are heard", n)
	}
	if n := count(l, "2001:db8::ffff:1:2:3"); n != 0 {
		t.Errorf("of its neighbour in the same /64 %d failures are heard", n)
	}
	if n := count(l, "2001:db8:0:1::1"); n != 10 {
		t.Errorf("of the next /64 %d failures are heard", n)
	}
	var blocked blockedError
	now = now.Add(59 * time.Second)
	if err := l.admit(netip.MustParseAddr("192.0.2.1")); !errors.As(err, &blocked) || blocked.wait != time.Second {
		t.Errorf("after 59 s: %v", err)
	}
	now = now.Add(time.Second)
	if n := count(l, "192.0.2.1"); n != 10 {
		t.Errorf("after a minute %d failures are heard", n)
	}
}

func TestFailedLoginsAreBounded(t *testing.T) {
	t.Parallel()
	l := newLogins(10)
	for i := range loginAddresses + 1000 {
		_, _ = l.fail(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
	}
	if n := len(l.streaks); n != loginAddresses {
		t.Errorf("%d addresses are kept, want %d", n, loginAddresses)
	}
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	ranges, err := ParseProxies("10.0.0.0/8", "::1", "192.0.2.9")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		peer, forwarded, want string
	}{
		{"198.51.100.1", "203.0.113.5", "198.51.100.1"}, // no proxy: anybody can write the header
		{"10.1.2.3", "203.0.113.5", "203.0.113.5"},
		{"10.1.2.3", "6.6.6.6, 203.0.113.5", "203.0.113.5"}, // what the client had written itself
		{"10.1.2.3", "6.6.6.6, 203.0.113.5, 10.9.9.9,192.0.2.9", "203.0.113.5"},
		{"10.1.2.3", "6.6.6.6, garbage, 10.9.9.9", "10.9.9.9"},
		{"10.1.2.3", "", "10.1.2.3"},
		{"10.1.2.3", "10.7.7.7", "10.7.7.7"},
		{"10.1.2.3", "203.0.113.5:4711", "203.0.113.5"},
		{"::1", "[2001:db8::5]:4711", "2001:db8::5"},
		{"::1", "::ffff:203.0.113.5", "203.0.113.5"},
		{"::ffff:10.1.2.3", "203.0.113.5\n203.0.113.6", "203.0.113.6"}, // two headers
	} {
		got := proxies(ranges).client(netip.MustParseAddr(c.peer).Unmap(), strings.Split(c.forwarded, "\n")).String()
		if got != c.want {
			t.Errorf("from %s with %q: %s, want %s", c.peer, c.forwarded, got, c.want)
		}
	}
	if _, err := ParseProxies("10.0.0.0/8", "proxy"); err == nil || !strings.Contains(err.Error(), `"proxy"`) {
		t.Errorf("a name for a range: %v", err)
	}
}

// A header that cannot be read guesses nothing; a wrong secret and a wrong token do.
func TestWhatIsAFailedLogin(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]int{
		"": 401, "Bearer x": 401, "User " + userSecret: 401,
		"User wrong, Organization " + orgSecret: 429, "User " + userSecret + ", Organization wrong": 429, "User " + userSecret + ", Element wrong": 429,
		authorized + ", Element wrong": 429,
	} {
		w := &world{t: t, engine: &fakeEngine{}, log: &logBuffer{}}
		w.url, w.stop = serve(t, Config{Engine: w.engine, Logger: w.log.logger(), LoginFailures: 2})
		path := "/instances"
		if strings.HasSuffix(header, "Element wrong") {
			path = "/instances/events"
		}
		var r reply
		for range 3 {
			r = w.call("GET", path, "", "Authorization: "+header)
		}
		if r.status != want {
			t.Errorf("the third request with %q: %d %s, want %d", header, r.status, r.text, want)
		}
		if right := w.call("GET", "/instances", ""); (right.status == 429) != (want == 429) {
			t.Errorf("then the right secrets: %d", right.status)
		}
		if text := w.log.String(); (want == 429) != strings.Contains(text, "address is not heard") || strings.Contains(text, orgSecret) || strings.Contains(text, fmt.Sprint("Element ", "wrong")) {
			t.Errorf("the log of %q: %s", header, text)
		}
	}
}

// Whoever is no proxy is who it is, whatever it writes; and what a proxy tells is an address.
func FuzzForwarded(f *testing.F) {
	for _, seed := range []string{"", "203.0.113.5", "6.6.6.6, 203.0.113.5 ,10.9.9.9", "[2001:db8::5]:4711", "fe80::1%eth0", "::ffff:10.0.0.1", ",,", "unknown, _hidden"} {
		f.Add(seed)
	}
	ranges, err := ParseProxies("10.0.0.0/8")
	if err != nil {
		f.Fatal(err)
	}
	stranger, proxy := netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("10.0.0.1")
	f.Fuzz(func(t *testing.T, header string) {
		if got := proxies(ranges).client(stranger, []string{header}); got != stranger {
			t.Errorf("%q makes a stranger %s", header, got)
		}
		got := proxies(ranges).client(proxy, []string{header, "203.0.113.9, 10.2.2.2"})
		if want := netip.MustParseAddr("203.0.113.9"); got != want {
			t.Errorf("behind %q the client is %s, want %s", header, got, want)
		}
		if got := proxies(ranges).client(proxy, []string{header}); !got.IsValid() || got.Zone() != "" || got.Is4In6() || !network(got).IsValid() {
			t.Errorf("%q tells %s", header, got)
		}
	})
}
