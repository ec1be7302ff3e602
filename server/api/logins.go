package api

import (
	"errors"
	"net/netip"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/pollwright/pollwright/engine"
)

// Bounds on failed logins. An address that has that many in a time is not heard for the rest of it.
const (
	loginFailures  = 10
	loginTime      = time.Minute
	loginAddresses = 100_000 // kept in memory
)

// logins counts the failed logins of each client address. Once there are too many, requests of that address are refused without a look at
// their secrets, right ones too: who guesses learns nothing more. A success does not end the count, for who guesses may have an account.
type logins struct {
	limit   int // 0 = none
	now     func() time.Time
	mu      sync.Mutex
	streaks map[netip.Prefix]loginStreak
	failed  *prometheus.CounterVec
}

// loginStreak is the failed logins of an address since the first of them.
type loginStreak struct {
	failures int
	end      time.Time
}

func newLogins(limit int) *logins {
	l := &logins{limit: limit, now: time.Now, streaks: map[netip.Prefix]loginStreak{}, failed: prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "pollwright", Name: "failed_logins_total",
		Help: "Requests with wrong secrets or Element tokens (wrong), and those not looked at since their address had too many of them (unheard).",
	}, []string{"result"})}
	for _, result := range []string{"wrong", "unheard"} {
		l.failed.WithLabelValues(result) // 0, and not missing
	}
	return l
}

// blockedError is a request of an address that is not heard.
type blockedError struct{ wait time.Duration }

func (e blockedError) Error() string {
	return "too many requests with wrong secrets came from your address; it is heard again in " + e.wait.Round(time.Second).String()
}

// network is what counts as one address: of IPv6 a client has a /64.
func network(addr netip.Addr) netip.Prefix {
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	prefix, _ := addr.WithZone("").Prefix(bits)
	return prefix
}

// admit returns a blockedError for an address that is not heard.
func (l *logins) admit(addr netip.Addr) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.blocked(network(addr), l.now())
}

// blocked is called with the lock.
func (l *logins) blocked(at netip.Prefix, now time.Time) error {
	streak := l.streaks[at]
	if wait := streak.end.Sub(now); l.limit > 0 && streak.failures >= l.limit && wait > 0 {
		l.failed.WithLabelValues("unheard").Inc()
		return blockedError{wait}
	}
	return nil
}

// fail counts a failed login, and reports whether the address is heard no more from now on. A request that was under way when its address was
// blocked gets a blockedError.
func (l *logins) fail(addr netip.Addr) (last bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, now := network(addr), l.now()
	if err := l.blocked(at, now); err != nil {
		return false, err
	}
	l.failed.WithLabelValues("wrong").Inc()
	if l.limit == 0 {
		return false, nil
	}
	streak, ok := l.streaks[at]
	if !ok {
		l.makeRoom(now)
	}
	if !now.Before(streak.end) {
		streak = loginStreak{end: now.Add(loginTime)}
	}
	streak.failures++
	l.streaks[at] = streak
	return streak.failures == l.limit, nil
}

// makeRoom bounds the memory: streaks that are over go first, then any one.
func (l *logins) makeRoom(now time.Time) {
	if len(l.streaks) < loginAddresses {
		return
	}
	for at, streak := range l.streaks {
		if !now.Before(streak.end) {
			delete(l.streaks, at)
		}
	}
	for at := range l.streaks {
		if len(l.streaks) < loginAddresses {
			return
		}
		delete(l.streaks, at)
	}
}

// wrongSecretError is an unauthorizedError that counts as a failed login; a header that cannot be read guesses nothing.
type wrongSecretError struct{ message string }

func (e wrongSecretError) Error() string { return e.message }
func (e wrongSecretError) Unwrap() error { return unauthorizedError(e) }

// failedLogin counts an error that comes of a wrong secret or token, and returns what to answer.
func (s *Server) failedLogin(c *fiber.Ctx, from netip.Addr, cause error) error {
	if !errors.As(cause, new(wrongSecretError)) && !errors.Is(cause, engine.ErrUnauthorized) {
		return cause
	}
	last, err := s.logins.fail(from)
	if err != nil {
		return err
	}
	s.log.Warn("failed login", "from", from.String(), "request", requestID(c))
	if last {
		s.log.Warn("address is not heard after failed logins", "from", network(from).String(), "failures", s.logins.limit, "within", loginTime)
	}
	return cause
}
