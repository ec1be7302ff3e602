package api

import (
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Bounds on what is read of a body that was already refused.
const (
	lingerBytes = 32 << 20
	lingerTime  = 2 * time.Second
)

// lingeringListener gives out connections that can linger.
type lingeringListener struct{ net.Listener }

func (l lingeringListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &lingeringConn{Conn: conn}, nil
}

// lingeringConn reads on for a while, when told to, before it closes. A connection that is closed with unread bytes is reset, and the reset
// can overtake the answer: the client, still sending, would see a broken connection instead of the 413.
type lingeringConn struct {
	net.Conn
	wanted atomic.Bool
}

// linger makes the request's connection wait for its client when it is closed.
func linger(c *fiber.Ctx) {
	if conn, ok := c.Context().Conn().(*lingeringConn); ok {
		conn.wanted.Store(true)
	}
}

func (c *lingeringConn) Close() error {
	if c.wanted.CompareAndSwap(true, false) {
		c.drain()
	}
	return c.Conn.Close()
}

func (c *lingeringConn) drain() {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // the client sees the end of the answer and may stop
	}
	if err := c.SetReadDeadline(time.Now().Add(lingerTime)); err == nil {
		_, _ = io.CopyN(io.Discard, c.Conn, lingerBytes)
	}
}
