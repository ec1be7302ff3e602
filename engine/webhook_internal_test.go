package engine

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/credential"
	"github.com/pollwright/pollwright/engine/instance"
)

func TestRotate(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	const h = time.Hour
	type step struct {
		at      time.Duration // since it began
		fresh   string        // "" = only look
		overlap time.Duration
		until   time.Duration // since it began; 0 = none signs beside
		sign    string
	}
	for name, c := range map[string]struct {
		first string
		steps []step
	}{
		"overlap":            {"a", []step{{0, "b", 24 * h, 24 * h, "b a"}, {24*h - 1, "", 0, 0, "b a"}, {24 * h, "", 0, 0, "b"}}},
		"at once":            {"a", []step{{0, "b", 0, 0, "b"}}},
		"the first one":      {"", []step{{0, "a", 24 * h, 0, "a"}, {h, "b", h, 2 * h, "b a"}}},
		"at most three":      {"a", []step{{0, "b", 24 * h, 24 * h, "b a"}, {h, "c", 24 * h, 25 * h, "c b a"}, {2 * h, "d", 24 * h, 26 * h, "d c b"}}},
		"each to its end":    {"a", []step{{0, "b", 2 * h, 2 * h, "b a"}, {h, "c", 24 * h, 25 * h, "c b a"}, {2 * h, "", 0, 0, "c b"}, {25 * h, "", 0, 0, "c"}}},
		"none longer":        {"a", []step{{0, "b", 24 * h, 24 * h, "b a"}, {h, "c", h, 2 * h, "c b a"}, {2 * h, "", 0, 0, "c"}}},
		"one that leaked":    {"a", []step{{0, "b", 24 * h, 24 * h, "b a"}, {h, "c", 0, 0, "c"}}},
		"long after another": {"a", []step{{0, "b", h, h, "b a"}, {9 * h, "c", h, 10 * h, "c b"}}},
	} {
		values := map[string]credential.Secret{"api.password": "p"}
		if c.first != "" {
			values[keyWebhookSecret] = credential.Secret(c.first)
		}
		for n, s := range c.steps {
			now := began.Add(s.at)
			if s.fresh != "" {
				until, err := rotate(values, s.fresh, now, s.overlap)
				if s.until == 0 && !until.IsZero() || s.until != 0 && !until.Equal(began.Add(s.until)) || err != nil {
					t.Errorf("%s, step %d: until %v, %v", name, n, until, err)
				}
			}
			all, err := webhookSecrets(values, now)
			var sign []string
			for _, secret := range all {
				sign = append(sign, string(secret))
			}
			if got := strings.Join(sign, " "); got != s.sign || err != nil || values["api.password"] != "p" {
				t.Errorf("%s, step %d: %s sign, %v, want %s", name, n, got, err, s.sign)
			}
		}
	}
}

func TestOverlaps(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"": 24 * time.Hour, "0s": 0, "90m": 90 * time.Minute, "720h": 720 * time.Hour} {
		if got, err := parseOverlap(text); got != want || err != nil {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"24", "-1s", "721h", "a day", strings.Repeat("9", 1000) + "h"} {
		_, err := parseOverlap(text)
		var wrong *instance.InvalidError
		if !errors.As(err, &wrong) || wrong.Problems[0].Path != "overlap" || len(fmt.Sprint(err)) > 300 {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}
