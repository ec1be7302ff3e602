package api

import (
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
)

// closingListener closes each connection as its request is being answered, as a stop does that takes it for idle.
type closingListener struct {
	net.Listener
	last net.Conn
}

func (l *closingListener) Accept() (conn net.Conn, err error) {
	l.last, err = l.Listener.Accept()
	return l.last, err
}

// A connection that is closed under a request costs the answer, and not the process.
func TestConnectionClosedUnderARequest(t *testing.T) {
	t.Parallel()
	bound, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener := &closingListener{Listener: bound}
	app := fiber.New(fiber.Config{DisableStartupMessage: true, ReadTimeout: time.Minute, WriteTimeout: time.Minute})
	app.Get("/", func(*fiber.Ctx) error { return listener.last.Close() })
	served := make(chan error, 1)
	go func() { served <- app.Listener(lingeringListener{listener}) }()
	for range 2 {
		if res, err := http.Get("http://" + bound.Addr().String()); err == nil {
			_ = res.Body.Close()
			t.Errorf("answered with %d", res.StatusCode)
		}
	}
	if err := app.Shutdown(); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}
