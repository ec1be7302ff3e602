package api

import (
	"net"
	"sync"
)

// silentConns are the connections that have not said anything yet. Browsers open some in advance. To the HTTP server they are neither idle nor
// done with, so that a stop would wait for them until their time to read is over.
type silentConns struct {
	mu    sync.Mutex
	all   map[net.Conn]struct{}
	ended bool
}

// end closes those that there are, and each that comes later.
func (s *silentConns) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	for conn := range s.all {
		_ = conn.Close()
	}
	s.all = nil
}

func (s *silentConns) add(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		_ = conn.Close()
		return
	}
	if s.all == nil {
		s.all = map[net.Conn]struct{}{}
	}
	s.all[conn] = struct{}{}
}

func (s *silentConns) remove(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, conn)
}

// silentListener notes connections until they say something.
type silentListener struct {
	net.Listener
	silent *silentConns
}

func (l silentListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.silent.add(conn)
	return &silentConn{Conn: conn, silent: l.silent}, nil
}

// silentConn is read by one goroutine at a time.
type silentConn struct {
	net.Conn
	silent *silentConns
	spoke  bool
}

func (c *silentConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if !c.spoke && n > 0 {
		c.spoke = true
		c.silent.remove(c.Conn)
	}
	return n, err
}

func (c *silentConn) Close() error {
	c.silent.remove(c.Conn)
	return c.Conn.Close()
}

// CloseWrite is the half of closing that lets the other side read to the end.
func (c *silentConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
