package api

import (
	"errors"
	"log/slog"
	"net"
	"os"
	"syscall"
	"testing"
)

// failingListener fails some times before it accepts.
type failingListener struct {
	net.Listener
	errs []error
}

func (l *failingListener) Accept() (net.Conn, error) {
	if len(l.errs) == 0 {
		return nil, nil
	}
	err := l.errs[0]
	l.errs = l.errs[1:]
	return nil, err
}

func TestAListenerGoesOnWithoutDescriptors(t *testing.T) {
	t.Parallel()
	accept := func(err error) error { return &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", err)} }
	l := &failingListener{errs: []error{accept(syscall.EMFILE), accept(syscall.ENFILE), accept(syscall.ECONNABORTED)}}
	if _, err := (patientListener{l, slog.New(slog.DiscardHandler)}).Accept(); err != nil || len(l.errs) > 0 {
		t.Errorf("%v with %d failures to come, want it to go on", err, len(l.errs))
	}
	l.errs = []error{net.ErrClosed}
	if _, err := (patientListener{l, slog.New(slog.DiscardHandler)}).Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v, want that it is closed", err)
	}
}
