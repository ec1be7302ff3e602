package api

import (
	"errors"
	"net"
	"time"
)

// The deadlines of a connection that was closed meanwhile are of no importance: what is written to it fails. The HTTP server panics if it cannot set
// one, and closes connections itself that a request has just come on when it stops.

// SetDeadline implements net.Conn.
func (c *lingeringConn) SetDeadline(t time.Time) error { return unlessClosed(c.Conn.SetDeadline(t)) }

// SetReadDeadline implements net.Conn.
func (c *lingeringConn) SetReadDeadline(t time.Time) error {
	return unlessClosed(c.Conn.SetReadDeadline(t))
}

// SetWriteDeadline implements net.Conn.
func (c *lingeringConn) SetWriteDeadline(t time.Time) error {
	return unlessClosed(c.Conn.SetWriteDeadline(t))
}

func unlessClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
