package egress

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// said is what a provider last told of its limits, and what follows from it.
type said struct {
	blocked time.Time // nothing is sent before
	why     string
	tooMany int // answers of 429 in a row
	last    Said
}

// Said is what a provider told of its limits by headers; -1 and zero where it told nothing.
type Said struct {
	At        time.Time
	Limit     int64
	Remaining int64
	Reset     time.Time
}

// Bounds of what a provider can bring about: an answer must not silence a credential for ever.
const (
	longestBlock  = time.Hour
	longestDaily  = 24 * time.Hour // after a 429 that says so itself
	shortestBlock = time.Second
	longestGuess  = time.Minute // after a 429 that says nothing
)

// Heard tells what a provider answered. Retry-After, a quota that is used up and a 429 hold back all requests of the credential.
func (l *Limiter) Heard(status int, h http.Header) {
	if l == nil {
		return
	}
	now := time.Now()
	limits, told := readLimits(h, now)
	after, named := retryAfter(h, now)
	tooMany := status == http.StatusTooManyRequests
	if !told && !tooMany && !(named && status == http.StatusServiceUnavailable) {
		l.calm()
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if told {
		l.said.last = limits
	}
	if tooMany {
		l.said.tooMany++
	} else {
		l.said.tooMany = 0
	}
	switch {
	case tooMany && named:
		l.block(now, now.Add(min(after, longestDaily)), "the provider answered 429 and when to come again")
	case tooMany && told && limits.Remaining <= 0 && limits.Reset.After(now):
		l.block(now, earlier(limits.Reset, now.Add(longestDaily)), "the provider answered 429 and when its quota begins anew")
	case tooMany:
		l.block(now, now.Add(min(shortestBlock<<min(l.said.tooMany-1, 10), longestGuess)), "the provider answered 429")
	case named && status == http.StatusServiceUnavailable:
		l.block(now, now.Add(min(after, longestBlock)), "the provider answered 503 and when to come again")
	case told && limits.Remaining == 0 && limits.Reset.After(now):
		l.block(now, earlier(limits.Reset, now.Add(longestBlock)), "the provider's quota is used up")
	}
}

// calm notes an answer that has nothing to say of limits.
func (l *Limiter) calm() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said.tooMany = 0
}

// block holds back what waits and what will come. An earlier end does not replace a later one.
func (l *Limiter) block(now, until time.Time, why string) {
	if until.After(l.said.blocked) {
		l.said.blocked, l.said.why = until, why
	}
	if l.timer != nil {
		l.plan(now)
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// retryAfter reads Retry-After (RFC 9110, 10.2.3): seconds, or a date.
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0, false
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		if !(n >= 0) || n > longestDaily.Seconds() { // NaN too
			n = longestDaily.Seconds()
		}
		return time.Duration(n * float64(time.Second)), true
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	return max(at.Sub(now), 0), true
}

// readLimits reads the headers by which providers tell what is left: RateLimit as a structured field of the IETF's draft in its newer form
// ("default";r=50;t=30) and its older one (limit=100, remaining=50, reset=30), and the three headers of before it under their several names. A
// reset is in seconds from now, or a time since 1970 in seconds or milliseconds: it is told by its size.
func readLimits(h http.Header, now time.Time) (s Said, told bool) {
	s = Said{At: now, Limit: -1, Remaining: -1}
	if text := h.Get("RateLimit"); text != "" {
		for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' }) {
			name, value, ok := strings.Cut(part, "=")
			if n, good := number(value); ok && good {
				told = s.set(strings.ToLower(strings.TrimSpace(name)), n, now) || told
			}
		}
	}
	for _, prefix := range []string{"RateLimit-", "X-RateLimit-", "X-Rate-Limit-"} {
		if told {
			break
		}
		for _, name := range []string{"limit", "remaining", "reset"} {
			if n, ok := number(h.Get(prefix + name)); ok {
				told = s.set(name, n, now) || told
			}
		}
	}
	return s, told
}

func (s *Said) set(name string, n int64, now time.Time) bool {
	switch name {
	case "limit", "q":
		s.Limit = n
	case "remaining", "r":
		s.Remaining = n
	case "reset", "t":
		s.Reset = resetAt(n, now)
	default:
		return false
	}
	return true
}

// number reads the first whole number of a value such as 100, or 100, 100;w=60.
func number(text string) (int64, bool) {
	text = strings.TrimSpace(text)
	if i := strings.IndexAny(text, ",; "); i >= 0 {
		text = text[:i]
	}
	whole, _, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	return n, err == nil && n >= 0
}

func resetAt(n int64, now time.Time) time.Time {
	switch {
	case n >= 1e12:
		return time.UnixMilli(min(n, now.Add(366*24*time.Hour).UnixMilli()))
	case n >= 1e9:
		return time.Unix(n, 0)
	}
	return now.Add(time.Duration(min(n, 366*24*3600)) * time.Second)
}
