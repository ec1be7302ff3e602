package egress

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"sync/atomic"
	"testing"
)

// rebinder answers the first question for an address with a public one and every later question with loopback.
func rebinder(t *testing.T) *net.Resolver {
	t.Helper()
	asked := false // only the resolver's own goroutine looks at it
	return dns(t, func(_ string, kind uint16) []netip.Addr {
		if kind != typeA {
			return nil
		}
		if asked {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}
		}
		asked = true
		return []netip.Addr{netip.MustParseAddr("93.184.215.14")}
	})
}

func TestRebindingNameIsRefusedAtDial(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	defer server.Close()
	resolver := rebinder(t)
	c := client(t, Config{Resolver: resolver})

	checked, err := resolver.LookupIP(t.Context(), "ip4", "rebind.example.com") // what a check before the request would have seen
	if err != nil || len(checked) != 1 || !checked[0].Equal(net.IPv4(93, 184, 215, 14)) {
		t.Fatalf("the first answer is %v, %v", checked, err)
	}
	at, _ := url.Parse(server.URL)
	_, err = c.Do(t.Context(), Request{Base: "http://rebind.example.com:" + at.Port()})
	if !errors.Is(err, ErrRefused) {
		t.Errorf("second answer is loopback: %v, want it refused", err)
	}
	if _, err = c.Post(t.Context(), Callback{URL: "http://rebind.example.com:" + at.Port()}); !errors.Is(err, ErrRefused) {
		t.Errorf("callback: %v, want it refused", err)
	}
	if hits.Load() != 0 {
		t.Errorf("%d requests reached loopback", hits.Load())
	}
}

// A name with addresses of both kinds leads to the permitted ones only, whatever their order. Loopback stands for the permitted network, and
// its second address for what is refused.
func TestMixedAnswersReachOnlyWhatIsPermitted(t *testing.T) {
	t.Parallel()
	var permitted, refused atomic.Int64
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	defer count(l, &permitted)()
	// Where loopback has one address only, nobody can be reached at the second; the guard must refuse it all the same.
	if other, err := net.Listen("tcp4", "127.0.0.2:"+strconv.Itoa(port)); err == nil {
		defer count(other, &refused)()
	}
	resolver := names(t, map[string][]string{
		"first.example.com": {"127.0.0.2", "::1", "127.0.0.1"}, "last.example.com": {"127.0.0.1", "127.0.0.2"}, "none.example.com": {"127.0.0.2", "::1"},
	})
	c := client(t, Config{Resolver: resolver, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	for n, name := range []string{"first", "last"} {
		if _, err := c.Post(t.Context(), Callback{URL: "http://" + name + ".example.com:" + strconv.Itoa(port)}); err != nil || permitted.Load() != int64(n+1) {
			t.Errorf("%s: %v, %d requests at the permitted address", name, err, permitted.Load())
		}
	}
	if _, err := c.Post(t.Context(), Callback{URL: "http://none.example.com:" + strconv.Itoa(port)}); !errors.Is(err, ErrRefused) {
		t.Errorf("none: %v, want it refused", err)
	}
	if refused.Load() != 0 {
		t.Errorf("%d requests at the refused address", refused.Load())
	}
}

// count serves on one address, and counts the requests.
func count(l net.Listener, hits *atomic.Int64) (stop func()) {
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) })}}
	s.Start()
	return s.Close
}
