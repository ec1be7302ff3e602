package egress

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
)

func ranges(t *testing.T, texts ...string) []netip.Prefix {
	t.Helper()
	r, err := ParseRanges(texts...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestParseRanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"", "[]"},
		{" , ", "[]"},
		{"10.0.0.0/8", "[10.0.0.0/8]"},
		{"10.0.0.0/8, fd00::/8,", "[10.0.0.0/8 fd00::/8]"},
		{"10.1.2.3", "[10.1.2.3/32]"},
		{"fd00::1", "[fd00::1/128]"},
		{"::ffff:10.1.2.3", "[10.1.2.3/32]"},
		{"::ffff:10.0.0.0/104", "[10.0.0.0/8]"},
		{"0.0.0.0/0,::/0", "[0.0.0.0/0 ::/0]"},
	} {
		if got, err := ParseRanges(c.text); err != nil || fmt.Sprint(got) != c.want {
			t.Errorf("%q: %v, %v; want %s", c.text, got, err, c.want)
		}
	}
	for _, c := range []struct{ text, want string }{
		{"10.1.2.3/8", `"10.1.2.3/8" has bits set behind its length: give 10.0.0.0/8 for the whole range, or 10.1.2.3 for the one address`},
		{"10.0/8", `"10.0/8" is not a range of addresses: a CIDR like 10.0.0.0/8`},
		{"010.0.0.0/8", "is not a range"},
		{"10.0.0.0/33", "is not a range"},
		{"10.0.0.0-10.0.0.9", "is not a range"},
		{"db.internal", "is not a range"},
		{"http://10.0.0.1", "is not a range"},
		{"fe80::1%eth0", "has a zone (what stands from % on): leave it out"},
		{"fe80::%eth0/10", "has a zone"},
		{"10.0.0.0/8,x,y", "\"x\" is not a range of addresses: a CIDR like 10.0.0.0/8 or fd00::/8, or one address like 10.1.2.3, is expected\n\"y\""},
	} {
		if got, err := ParseRanges(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, %v; want %q", c.text, got, err, c.want)
		}
	}
	if _, err := New(Config{Allow: []netip.Prefix{{}}}); err == nil || !strings.Contains(err.Error(), "Config.Allow[0]") {
		t.Errorf("a range that is none: %v", err)
	}
}

func TestGuardLetsAllowedRangesPass(t *testing.T) {
	t.Parallel()
	own := func() ([]net.Addr, error) {
		return []net.Addr{
			&net.IPNet{IP: net.ParseIP("10.9.9.9"), Mask: net.CIDRMask(24, 32)}, &net.IPNet{IP: net.ParseIP("8.8.4.4"), Mask: net.CIDRMask(24, 32)},
		}, nil
	}
	for _, c := range []struct{ allow, passes, refused string }{
		{"10.0.0.0/8", "10.1.2.3 10.9.9.9 ::ffff:10.1.2.3 8.8.8.8", // what is inside NAT64, 6to4, Teredo and the like is another network's
			"127.0.0.1 192.168.0.1 8.8.4.4 64:ff9b::a01:203 64:ff9b:1::a01:203 2002:a01:203::1 ::10.1.2.3 ::ffff:0:10.1.2.3 ::1"},
		{"127.0.0.1", "127.0.0.1 ::ffff:127.0.0.1", "127.0.0.2 ::1 64:ff9b::7f00:1 0.0.0.0"},
		{"8.8.4.4", "8.8.4.4", "10.9.9.9"},
		{"fd00::/8", "fd00::1 fd12:3456::1", "fc00::1 fe80::1 fd00:ec2::254 fd20:ce::254"},
		{"fe80::/10", "fe80::1 fe80::1%eth0", "fe80::a9fe:a9fe fe80::a9fe:a9fe%eth0 fd00::1"},
		{"169.254.0.0/16", "169.254.1.1", "169.254.169.254 169.254.170.2 ::ffff:169.254.169.254"}, // metadata is listed by itself or not at all
		{"169.254.169.254", "169.254.169.254 ::ffff:169.254.169.254", "169.254.1.1"},
		{"100.64.0.0/10", "100.64.0.1", "100.100.100.200"},
		{"0.0.0.0/0", "127.0.0.1 0.0.0.0 224.0.0.1", "169.254.169.254 168.63.129.16 192.0.0.192 ::1"},
		{"168.63.129.16", "168.63.129.16", "127.0.0.1"},
		{"64:ff9b::/96", "64:ff9b::808:808", "64:ff9b::a01:203 64:ff9b::a9fe:a9fe 64:ff9b::7f00:1 64:ff9b::808:404"}, // with DNS64 all of IPv4 is there
		{"64:ff9b::/96,10.0.0.0/8", "64:ff9b::a01:203", "64:ff9b::a9fe:a9fe 64:ff9b::7f00:1"},
		{"::/0", "::1 64:ff9b::808:808", "64:ff9b::7f00:1 127.0.0.1 ::ffff:127.0.0.1 fd00:ec2::254"},
	} {
		g := newGuard(own, ranges(t, c.allow))
		for _, text := range strings.Fields(c.passes) {
			if reason := g.judge(netip.MustParseAddr(text)); reason != "" {
				t.Errorf("%s: %s is refused: %s", c.allow, text, reason)
			}
		}
		for _, text := range strings.Fields(c.refused) {
			if g.judge(netip.MustParseAddr(text)) == "" {
				t.Errorf("%s: %s passes", c.allow, text)
			}
		}
		if err := g.control("udp4", "10.1.2.3:53", nil); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: UDP passes", c.allow)
		}
	}
}

func TestAllowedRangeIsReached(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	url := serve(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	port := url[strings.LastIndex(url, ":"):]
	c := client(t, Config{Allow: ranges(t, "127.0.0.0/8"), Resolver: names(t, map[string][]string{"in.example.com": {"127.0.0.1"}, "out.example.com": {"::1"}})})
	for _, host := range []string{"127.0.0.1", "[::ffff:127.0.0.1]", "in.example.com"} {
		if _, err := c.Post(t.Context(), Callback{URL: "http://" + host + port}); err != nil {
			t.Errorf("Post %s: %v", host, err)
		}
		if _, err := c.Do(t.Context(), Request{Base: "http://" + host + port}); err != nil {
			t.Errorf("Do %s: %v", host, err)
		}
	}
	for _, host := range []string{"[::1]", "out.example.com", "10.0.0.1", "0.0.0.0"} {
		if _, err := c.Post(t.Context(), Callback{URL: "http://" + host + port}); !errors.Is(err, ErrRefused) {
			t.Errorf("Post %s: %v, want it refused", host, err)
		}
	}
	if hits.Load() != 6 {
		t.Errorf("%d requests arrived, want 6", hits.Load())
	}
}

func TestWideRangesAreWarnedOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"0.0.0.0/0": true, "::/0": true, "0.0.0.0/1": true, "8.0.0.0/7": true, "2000::/3": true, "fc00::/6": true,
		"10.0.0.0/8": false, "fc00::/7": false, "fe80::/10": false, "127.0.0.1": false,
	} {
		var log bytes.Buffer
		client(t, Config{Allow: ranges(t, text), Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if got := strings.Contains(log.String(), "level=WARN") && strings.Contains(log.String(), "range="+text); got != want {
			t.Errorf("%s: warned %v, want %v: %s", text, got, want, log.String())
		}
	}
}
