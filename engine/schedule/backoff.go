package schedule

import (
	"math/rand/v2"
	"time"
)

const (
	backoffFrom   = time.Second
	backoffTo     = 15 * time.Minute
	retryAfterMax = 24 * time.Hour
)

// backoff is how long an item waits at least after its nth failure in a row: a random time between 2^(n-1) and 2^n seconds, and
// between half of backoffTo and backoffTo once that is reached, so that items which failed together do not come back together.
func backoff(failures uint16) time.Duration {
	least := backoffTo / 2
	if shift := failures - 1; shift < 32 && backoffFrom<<shift < least {
		least = backoffFrom << shift
	}
	return least + rand.N(least+1)
}

// untilNext is the time from the end of a poll to the item's next one, after its count of failures has been brought up to date.
func untilNext(r Result, failures uint16, tick time.Duration) time.Duration {
	wait := tick
	switch {
	case r.Failed:
		wait = max(tick, backoff(failures))
	case r.Again:
		wait = 0
	}
	return max(wait, min(r.RetryAfter, retryAfterMax))
}
