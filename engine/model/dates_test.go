package model

import (
	"fmt"
	"strconv"
	"time"
)

// far is where wrong dates lie: the year 2099.
const far = 4_070_908_800_000

// style is how a provider writes its dates.
type style struct {
	pattern string // for the poller's configuration
	zone    string
	layout  string // for Go; empty: a number of units since 1970
	unit    time.Duration
	offset  bool // the text says its offset from UTC
}

const eastern = "America/New_York"

func styles() []style {
	return []style{
		{pattern: "milliseconds", unit: time.Millisecond},
		{pattern: "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", zone: eastern, layout: "2006-01-02T15:04:05.000Z07:00", unit: time.Millisecond, offset: true},
		{pattern: "seconds", unit: time.Second},
		{pattern: "yyyy-MM-dd'T'HH:mm:ss'Z'", layout: "2006-01-02T15:04:05Z", unit: time.Second},
		{pattern: "yyyy-MM-dd HH:mm:ss", zone: eastern, layout: "2006-01-02 15:04:05", unit: time.Second},
		{pattern: "yyyy-MM-dd HH:mm", layout: "2006-01-02 15:04", unit: time.Minute},
		{pattern: "MM/dd/yyyy hh:mm a", zone: eastern, layout: "01/02/2006 03:04 PM", unit: time.Minute},
		{pattern: "yyyy-MM-dd", layout: "2006-01-02", unit: 24 * time.Hour},
		{pattern: "yyyy-MM-dd", zone: eastern, layout: "2006-01-02", unit: 24 * time.Hour},
	}
}

// clockwork is a style with its zone at hand.
type clockwork struct {
	style
	location *time.Location
}

func (s style) clockwork() clockwork {
	location, err := time.LoadLocation(s.zone)
	if err != nil {
		panic(err)
	}
	return clockwork{s, location}
}

// text writes an instant (Unix milliseconds) as a JSON value.
func (c clockwork) text(ms int64) string {
	if c.layout == "" {
		return strconv.FormatInt(ms/c.unit.Milliseconds(), 10)
	}
	return strconv.Quote(c.local(ms).Format(c.layout))
}

func (c clockwork) local(ms int64) time.Time { return time.UnixMilli(ms).In(c.location) }

// floor is the beginning of the unit that ms lies in.
func (c clockwork) floor(ms int64) int64 {
	if c.unit < 24*time.Hour {
		return ms - ms%c.unit.Milliseconds()
	}
	day := c.local(ms)
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, c.location).UnixMilli()
}

// instants are the earliest and the latest instant that the text of ms can mean.
func (c clockwork) instants(ms int64) (lo, hi int64) {
	lo = c.floor(ms)
	hi = lo
	if c.layout == "" || c.offset || c.unit >= time.Hour {
		return lo, hi
	}
	const hour = int64(time.Hour / time.Millisecond)
	_, here := c.local(lo).Zone()
	if _, before := c.local(lo - hour).Zone(); here < before {
		lo -= hour
	}
	if _, after := c.local(hi + hour).Zone(); after < here {
		hi += hour
	}
	return lo, hi
}

// notBefore is an instant from ms on that the style can write: the first, but for days.
func (c clockwork) notBefore(ms int64) int64 {
	at := c.floor(ms)
	if at == ms {
		return at
	}
	if c.unit < 24*time.Hour {
		return c.floor(ms + c.unit.Milliseconds())
	}
	return c.floor(ms + (26 * time.Hour).Milliseconds())
}

func (c clockwork) String() string { return fmt.Sprintf("%q %s", c.pattern, c.zone) }
