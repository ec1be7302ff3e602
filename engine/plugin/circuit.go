package plugin

import (
	"errors"
	"sync"
	"time"
)

// An adapter whose calls crash, or do not end, Limits.Failures times in a row is suspended: for half a minute at first, twice as long when its
// next call fails too, an hour at most. A call that ends well, of whatever instance, makes it as new.
const (
	circuitPause   = 30 * time.Second
	circuitLongest = time.Hour
)

// circuit keeps an adapter that is broken from costing the others their processor: each of its calls may use all of its fuel.
type circuit struct {
	most     int // failures in a row
	mu       sync.Mutex
	failures int
	trips    int // suspensions in a row
	until    time.Time
	why      error
	trying   bool // one call is out to see whether it is well again
}

// Suspension tells that an adapter is not called for a while.
type Suspension struct {
	Until time.Time
	Why   string
}

// refusal is what enter would say now, without owing anything.
func (c *circuit) refusal(now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.trips > 0 && (now.Before(c.until) || c.trying) {
		return &SuspendedError{Until: c.until, Err: c.why}
	}
	return nil
}

// enter is nil if a call may be made. The caller then owes a leave.
func (c *circuit) enter(now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.trips == 0 {
		return nil
	}
	if now.Before(c.until) || c.trying {
		return &SuspendedError{Until: c.until, Err: c.why}
	}
	c.trying = true
	return nil
}

// leave tells how a call ended.
func (c *circuit) leave(now time.Time, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trying = false
	switch {
	case err == nil:
		c.failures, c.trips, c.why = 0, 0, nil
	case broken(err):
		c.failures++
		// A call that had begun before the suspension says nothing new.
		if c.failures < c.most && c.trips == 0 || now.Before(c.until) {
			return
		}
		c.until, c.why = now.Add(pauseAfter(c.trips)), err
		c.trips++
	}
}

func pauseAfter(trips int) time.Duration {
	return min(circuitPause<<min(trips, 10), circuitLongest)
}

func (c *circuit) suspension(now time.Time) *Suspension {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.trips == 0 || !now.Before(c.until) {
		return nil
	}
	return &Suspension{c.until, c.why.Error()}
}

// broken says whether an error is a fault of the adapter that cost much, or may have: what it answered wrongly, but answered, is not.
func broken(err error) bool {
	var (
		crash    *PanicError
		exit     *ExitError
		deadline *DeadlineError
		fuel     *FuelError
		pointer  *PointerError
		size     *SizeError
	)
	return errors.As(err, &crash) || errors.As(err, &exit) || errors.As(err, &deadline) || errors.As(err, &fuel) || errors.As(err, &pointer) ||
		errors.As(err, &size) && size.What == "output"
}
