package workshop

import (
	"errors"
	"log"
	"net"
	"net/http"
	"time"
)

// site is an HTTP server on a loopback port, for the time of a run.
type site struct {
	url    string
	server *http.Server
	ended  chan error
}

// openSite opens one. It must be closed.
func openSite(handler http.Handler, complaints *log.Logger) (*site, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &site{
		url:    "http://" + listener.Addr().String(),
		server: &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ErrorLog: complaints},
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
