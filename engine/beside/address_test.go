package beside

import (
	"net"
	"testing"
)

// TestAddress: each is given once, can be listened on, and is free again after its test.
func TestAddress(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	var last string
	t.Run("while it is claimed", func(t *testing.T) {
		for range 300 { // chance alone would give one twice
			last = Address(t)
			if seen[last] {
				t.Fatalf("%s is given twice", last)
			}
			seen[last] = true
		}
		for range 2 { // a program that is started again
			l, err := net.Listen("tcp", last)
			if err != nil {
				t.Fatal(err)
			}
			_ = l.Close()
		}
		if c, err := net.ListenPacket("udp", last); err == nil {
			_ = c.Close()
			t.Errorf("nothing keeps %s from others", last)
		}
	})
	c, err := net.ListenPacket("udp", last)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
}
