package beside

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// The ports of Address: below those that systems give to connections that go out (32768 on Linux, 49152 on others).
const (
	firstPort  = 12000
	afterPorts = 32000
)

// Address is a loopback address for a program that is started later, or more than once. No connection that goes out gets its port, and no other
// caller, of any process, until the test ends: a UDP socket on the same port is the claim.
func Address(t *testing.T) string {
	t.Helper()
	for range 1000 {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(firstPort+rand.IntN(afterPorts-firstPort)))
		claim, err := net.ListenPacket("udp", address)
		if err != nil {
			continue
		}
		l, err := net.Listen("tcp", address)
		if err != nil {
			_ = claim.Close()
			continue
		}
		_ = l.Close()
		t.Cleanup(func() { _ = claim.Close() })
		return address
	}
	t.Fatal("no port is free")
	return ""
}
