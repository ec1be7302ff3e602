package deliver

import (
	"math/rand/v2"
	"slices"
	"time"
)

// retryJitter is the greatest part of a wait between retries that chance adds.
const retryJitter = 0.1

// StandardRetries are the waits between the attempts of a notification that its callback refuses: those that Standard Webhooks proposes,
// about 18 hours together.
func StandardRetries() []time.Duration {
	return []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour}
}

// ElementsRetries are the platform's: 2^(3x) seconds, five times.
func ElementsRetries() []time.Duration {
	return []time.Duration{8 * time.Second, 64 * time.Second, 512 * time.Second, 4096 * time.Second, 32768 * time.Second}
}

// retries are the waits of a target's notifications.
func (s *Sender) retries(t Target) []time.Duration {
	if t.Retries != nil {
		return t.Retries
	}
	return s.cfg.Retries
}

func jitter(wait time.Duration) time.Duration {
	return wait + time.Duration(retryJitter*rand.Float64()*float64(wait))
}

func negative(waits []time.Duration) bool {
	return slices.ContainsFunc(waits, func(w time.Duration) bool { return w < 0 })
}
