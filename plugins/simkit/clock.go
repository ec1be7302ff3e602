package simkit

import (
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"
)

// Clock is the provider's clock: a base clock plus an offset that a test may set, to simulate a provider
// that is early or late and to let tokens grow old. It is safe for concurrent use.
type Clock struct {
	base   func() time.Time
	offset atomic.Int64
}

// NewClock returns a clock on top of base; a nil base is time.Now.
func NewClock(base func() time.Time) *Clock {
	if base == nil {
		base = time.Now
	}
	return &Clock{base: base}
}

// Now is the base clock's time plus the offset.
func (c *Clock) Now() time.Time { return c.base().Add(c.Offset()) }

// Offset is how far the clock is ahead of its base; negative when it is behind.
func (c *Clock) Offset() time.Duration { return time.Duration(c.offset.Load()) }

// SetOffset replaces the offset.
func (c *Clock) SetOffset(d time.Duration) { c.offset.Store(int64(d)) }

// timeLayout is RFC 3339 with exactly three digits of fraction.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// Time is an instant that JSON shows as RFC 3339 in UTC with exactly three digits of fraction.
type Time struct{ time.Time }

// MarshalJSON implements json.Marshaler.
func (t Time) MarshalJSON() ([]byte, error) {
	return []byte(`"` + t.UTC().Format(timeLayout) + `"`), nil
}

// Duration is a time.Duration that JSON shows as Go writes it ("1.5s").
type Duration time.Duration

// MarshalJSON implements json.Marshaler.
func (d Duration) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Duration(d).String())
}

// UnmarshalJSON accepts a string that time.ParseDuration accepts.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return fmt.Errorf(`duration %s: want a string such as "250ms"`, b)
	}
	v, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf(`duration %q: want a string such as "250ms"`, text)
	}
	*d = Duration(v)
	return nil
}
