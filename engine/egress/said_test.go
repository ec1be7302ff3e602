package egress

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func head(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

func TestHeard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		now := time.Now() // 2000-01-01 in the bubble
		for name, tt := range map[string]struct {
			status  int
			header  http.Header
			blocked time.Duration
		}{
			"nothing":                 {200, head(), 0},
			"seconds":                 {429, head("Retry-After", "30"), 30 * time.Second},
			"date":                    {429, head("Retry-After", now.Add(time.Minute).UTC().Format(http.TimeFormat)), time.Minute},
			"past date":               {429, head("Retry-After", now.Add(-time.Minute).UTC().Format(http.TimeFormat)), 0},
			"fraction":                {429, head("Retry-After", "0.5"), 500 * time.Millisecond},
			"too long":                {429, head("Retry-After", "99999999999999999999"), 24 * time.Hour},
			"negative":                {429, head("Retry-After", "-1"), 24 * time.Hour},
			"unavailable":             {503, head("Retry-After", "86400"), time.Hour},
			"unavailable, no word":    {503, head(), 0},
			"success with word":       {200, head("Retry-After", "30"), 0},
			"429 without a word":      {429, head(), time.Second},
			"used up, seconds":        {200, head("X-RateLimit-Limit", "100", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "20"), 20 * time.Second},
			"used up, other spelling": {200, head("X-Rate-Limit-Remaining", "0", "X-Rate-Limit-Reset", "20"), 20 * time.Second},
			"used up, older draft":    {200, head("RateLimit-Limit", "100, 100;w=60", "RateLimit-Remaining", "0", "RateLimit-Reset", "7"), 7 * time.Second},
			"used up, one field":      {200, head("RateLimit", "limit=100, remaining=0, reset=9"), 9 * time.Second},
			"used up, newer draft":    {200, head("RateLimit", `"default";r=0;t=11`), 11 * time.Second},
			"left":                    {200, head("RateLimit", `"default";r=5;t=11`), 0},
			"429 with reset":          {429, head("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "7200"), 2 * time.Hour},
			"used up for long":        {200, head("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "7200"), time.Hour},
			"nonsense":                {429, head("Retry-After", "soon", "X-RateLimit-Reset", "x", "RateLimit", `"=;;r=`), time.Second},
		} {
			l := NewLimiter(nil)
			l.Heard(tt.status, tt.header)
			if got := max(l.said.blocked.Sub(now), 0); got.Round(100*time.Millisecond) != tt.blocked {
				t.Errorf("%s: blocked for %v, want %v", name, got, tt.blocked)
			}
		}
		l := NewLimiter(nil)
		var total time.Duration
		for range 20 {
			l.Heard(429, head())
			total = max(total, time.Until(l.said.blocked))
		}
		if total != time.Minute {
			t.Errorf("after 20 answers of 429: %v", total)
		}
		l.Heard(200, head())
		l.Heard(429, head())
		if l.said.tooMany != 1 {
			t.Errorf("%d in a row", l.said.tooMany)
		}
	})
	for reset, want := range map[int64]time.Time{1781038021: time.Unix(1781038021, 0), 1781038021250: time.UnixMilli(1781038021250)} {
		if got := resetAt(reset, time.Unix(1781038000, 0)); !got.Equal(want) {
			t.Errorf("reset %d is at %v, want %v", reset, got, want)
		}
	}
}

func FuzzHeard(f *testing.F) {
	f.Add(429, "30", `"default";r=0;t=11`, "0", "1781038021")
	f.Add(503, "Wed, 21 Oct 2026 07:28:00 GMT", "limit=100, remaining=0, reset=9", "100, 100;w=60", "-1")
	f.Fuzz(func(t *testing.T, status int, after, field, remaining, reset string) {
		l := NewLimiter(nil)
		l.Heard(status, http.Header{"Retry-After": {after}, "Ratelimit": {field}, "X-Ratelimit-Remaining": {remaining}, "X-Ratelimit-Reset": {reset}})
		if d := time.Until(l.said.blocked); d > longestDaily {
			t.Errorf("blocked for %v", d)
		}
		if status != 429 && time.Until(l.said.blocked) > longestBlock {
			t.Errorf("status %d blocks for %v", status, time.Until(l.said.blocked))
		}
		l.Usage()
	})
}
