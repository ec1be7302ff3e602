package demo

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// loopback is where everything of the demo listens; the system chooses the ports.
const loopback = "127.0.0.1:0"

// site is an HTTP server on a loopback port: a simulator or the receiver.
type site struct {
	url    string
	server *http.Server
	ended  chan error
}

// serve opens a site at an address. It must be closed.
func serve(addr string, handler http.Handler, log *slog.Logger) (*site, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	s := &site{
		url:    "http://" + listener.Addr().String(),
		server: &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)},
		ended:  make(chan error, 1),
	}
	go func() { s.ended <- s.server.Serve(listener) }() // close waits for it
	return s, nil
}

func (s *site) close() error {
	err := s.server.Close()
	if ended := <-s.ended; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}
