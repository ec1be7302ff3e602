package sim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The limits when Options give none.
const (
	callsPerSecond = 5
	callsPerDay    = 30_000
	authPerHour    = 5
)

// calls counts what the account used up.
type calls struct {
	recent []time.Time // of the last second, for the sliding window
	second int64       // Unix seconds
	inSec  int
	day    int64 // days since 1970, UTC
	inDay  int
	auths  []time.Time // of the last hour
}

// take counts a call at now. When the call is over a limit it is not counted and wait says how long to wait.
func (c *calls) take(now time.Time, o Options) (wait time.Duration) {
	if second := now.Unix(); second != c.second {
		c.second, c.inSec = second, 0
	}
	if day := now.Unix() / 86_400; day != c.day {
		c.day, c.inDay = day, 0
	}
	c.recent = slices.DeleteFunc(c.recent, func(t time.Time) bool { return now.Sub(t) >= time.Second })
	used := c.inSec
	if o.SlidingWindow {
		used = len(c.recent)
	}
	if n, limited := limit(o.PerSecond, callsPerSecond); limited && used >= n {
		return time.Second
	}
	if n, limited := limit(o.PerDay, callsPerDay); limited && c.inDay >= n {
		return time.Unix((c.day+1)*86_400, 0).Sub(now)
	}
	c.inSec++
	c.inDay++
	if o.SlidingWindow {
		c.recent = append(c.recent, now)
	}
	return 0
}

// authenticate counts a password or code authentication and tells whether it is within the limit.
func (c *calls) authenticate(now time.Time, o Options) bool {
	c.auths = slices.DeleteFunc(c.auths, func(t time.Time) bool { return now.Sub(t) >= time.Hour })
	if n, limited := limit(o.AuthPerHour, authPerHour); limited && len(c.auths) >= n {
		return false
	}
	c.auths = append(c.auths, now)
	return true
}

// admitted checks the token and the limits; when it says no it has answered.
func (s *Sim) admitted(w http.ResponseWriter, r *http.Request) bool {
	if legacy := s.judge(r.Header.Get("Authorization")); legacy != 0 {
		s.refuseGate(w, http.StatusUnauthorized, legacy)
		return false
	}
	if wait := s.calls.take(s.Clock.Now(), s.options); wait > 0 {
		s.throttle(w, wait)
		return false
	}
	return true
}

func (s *Sim) throttle(w http.ResponseWriter, wait time.Duration) {
	if s.options.RetryAfter {
		w.Header().Set("Retry-After", strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10))
	}
	s.refuseGate(w, http.StatusTooManyRequests, legacyThrottled)
}

// judge returns the older gateway's code for what is wrong with the Authorization header, 0 when it is good.
func (s *Sim) judge(header string) int64 {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return legacyMissing
	}
	g, known := s.tokens.access[token]
	switch {
	case !known:
		return legacyInvalid
	case g.dead:
		return legacyInactive
	case !s.Clock.Now().Before(g.accessUntil):
		return legacyExpired
	}
	return 0
}
