package egress

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"testing"
)

// Types of questions (RFC 1035 section 3.2.2, RFC 3596).
const (
	typeA    = 1
	typeAAAA = 28
)

// dns is a resolver whose answers the test gives: the addresses of a name, in small letters and without the last dot.
func dns(t *testing.T, addrs func(name string, kind uint16) []netip.Addr) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = conn.Close(); <-done })
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			question := buf[:questionEnd(buf[:n])]
			kind := binary.BigEndian.Uint16(question[len(question)-4:])
			_, _ = conn.WriteTo(answer(question, kind, addrs(questionName(question), kind)), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp4", conn.LocalAddr().String())
	}}
}

// names is a resolver that knows these names and no others.
func names(t *testing.T, known map[string][]string) *net.Resolver {
	t.Helper()
	return dns(t, func(name string, _ uint16) (addrs []netip.Addr) {
		for _, text := range known[name] {
			addrs = append(addrs, netip.MustParseAddr(text))
		}
		return addrs
	})
}

// questionEnd finds the end of the only question of a DNS message (RFC 1035 section 4.1.2).
func questionEnd(msg []byte) int {
	i := 12
	for msg[i] != 0 {
		i += int(msg[i]) + 1
	}
	return i + 5
}

func questionName(question []byte) string {
	var labels []string
	for i := 12; question[i] != 0; i += int(question[i]) + 1 {
		labels = append(labels, string(question[i+1:i+1+int(question[i])]))
	}
	return strings.ToLower(strings.Join(labels, "."))
}

// answer has those of the addresses that are of the kind asked for.
func answer(question []byte, kind uint16, addrs []netip.Addr) []byte {
	out := append([]byte(nil), question...)
	binary.BigEndian.PutUint16(out[2:], 0x8180) // a response, recursion available
	binary.BigEndian.PutUint16(out[4:], 1)
	copy(out[6:12], make([]byte, 6))
	for _, a := range addrs {
		if a.Is4() != (kind == typeA) || a.Is6() != (kind == typeAAAA) {
			continue
		}
		out[7]++
		data := a.AsSlice()
		out = append(out, 0xc0, 12, 0, byte(kind), 0, 1, 0, 0, 0, 0, 0, byte(len(data))) // the name asked for, kind, IN, TTL 0, length
		out = append(out, data...)
	}
	return out
}
