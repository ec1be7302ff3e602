package api

import (
	"errors"
	"log/slog"
	"net"
	"syscall"
	"time"
)

// patientListener goes on when a connection cannot be accepted now: when no file descriptors or buffers are left, or a client was gone before it was
// accepted. fasthttp would end, and with it the whole program, so that whoever can open connections could end it.
type patientListener struct {
	net.Listener
	log *slog.Logger
}

// How long it waits before it tries again: doubled from one failure to the next.
const (
	patienceFirst = 5 * time.Millisecond
	patienceMost  = time.Second
)

// Accept implements net.Listener. A listener that was closed says so at the next try.
func (l patientListener) Accept() (net.Conn, error) {
	for wait := patienceFirst; ; wait = min(2*wait, patienceMost) {
		c, err := l.Listener.Accept()
		if err == nil || !passes(err) {
			return c, err
		}
		if wait == patienceFirst {
			l.log.Warn("connections cannot be accepted now; trying again and again", "err", err)
		}
		time.Sleep(wait)
	}
}

// passes says whether the cause of an error can be gone a moment later.
func passes(err error) bool {
	for _, cause := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.ECONNRESET} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}
