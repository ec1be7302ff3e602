package egress

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
)

// rebinder answers the first question for an address with a public one and every later question with loopback.
func rebinder(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = conn.Close(); <-done })
	go func() {
		defer close(done)
		asked := false
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			isA := questionType(buf[:n]) == 1
			ip := net.IPv4(93, 184, 215, 14)
			if asked {
				ip = net.IPv4(127, 0, 0, 1)
			}
			asked = asked || isA
			_, _ = conn.WriteTo(answer(buf[:n], isA, ip.To4()), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp4", conn.LocalAddr().String())
	}}
}

// questionEnd finds the end of the only question of a DNS message (RFC 1035 section 4.1.2).
func questionEnd(msg []byte) int {
	i := 12
	for msg[i] != 0 {
		i += int(msg[i]) + 1
	}
	return i + 5
}

func questionType(msg []byte) uint16 { return binary.BigEndian.Uint16(msg[questionEnd(msg)-4:]) }

func answer(question []byte, isA bool, ip net.IP) []byte {
	out := append([]byte(nil), question[:questionEnd(question)]...)
	binary.BigEndian.PutUint16(out[2:], 0x8180) // a response, recursion available
	binary.BigEndian.PutUint16(out[4:], 1)
	copy(out[6:12], make([]byte, 6))
	if isA {
		out[7] = 1                                                // one answer
		out = append(out, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4) // the name asked for, A, IN, TTL 0, 4 bytes
		out = append(out, ip...)
	}
	return out
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
