package deliver

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter caps the wait that a callback can ask for.
const maxRetryAfter = time.Hour

// Backoff is how long to wait after the n-th trouble in a row: First * Factor^(n-1), never above Cap, less a random part of it.
type Backoff struct {
	First  time.Duration // default 1 s
	Factor float64       // default 2
	Cap    time.Duration // default 5 min
	Jitter float64       // the greatest part of the wait that chance takes away, up to 1; default 0.5
}

func (b Backoff) defaults(first, limit time.Duration) Backoff {
	if b.First == 0 {
		b.First = first
	}
	if b.Factor == 0 {
		b.Factor = 2
	}
	if b.Cap == 0 {
		b.Cap = limit
	}
	if b.Jitter == 0 {
		b.Jitter = 0.5
	}
	return b
}

func (b Backoff) check(name string) error {
	switch {
	case b.First <= 0:
		return fmt.Errorf("%s.First is %v; it must be above 0", name, b.First)
	case !(b.Factor >= 1) || math.IsInf(b.Factor, 1):
		return fmt.Errorf("%s.Factor is %v; it must be a number of 1 or more", name, b.Factor)
	case b.Cap < b.First:
		return fmt.Errorf("%s.Cap is %v; it must not be below First, %v", name, b.Cap, b.First)
	case !(b.Jitter > 0 && b.Jitter <= 1):
		return fmt.Errorf("%s.Jitter is %v; it must be above 0 and at most 1", name, b.Jitter)
	}
	return nil
}

// delay is the wait after trouble number n, from 1. It is computed in floats and compared before it is converted, so that no n overflows.
func (b Backoff) delay(n int) time.Duration {
	wait := float64(b.First) * math.Pow(b.Factor, float64(n-1))
	if !(wait < float64(b.Cap)) {
		wait = float64(b.Cap)
	}
	return time.Duration(wait * (1 - b.Jitter*rand.Float64()))
}

// retryAfter reads Retry-After (RFC 9110, 10.2.3): seconds or a date. Zero when there is none or it cannot be read; at most maxRetryAfter.
// A date is taken against the answer's own Date where it has one, so that clocks need not agree.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return 0
	}
	if strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseUint(value, 10, 64)
		if err != nil || seconds > uint64(maxRetryAfter/time.Second) {
			return maxRetryAfter
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}
