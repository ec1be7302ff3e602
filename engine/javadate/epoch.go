package javadate

import (
	"strconv"
	"time"
)

// epochUnit is what one count means under a name for numbers counted from 1970-01-01T00:00Z, or 0 for
// any other text. Published configurations contain only `milliseconds`; the others are ours.
func epochUnit(name string) time.Duration {
	switch name {
	case "milliseconds":
		return time.Millisecond
	case "seconds":
		return time.Second
	case "microseconds":
		return time.Microsecond
	}
	return 0
}

// parseEpoch reads a whole number, perhaps negative. Unlike a pattern it uses all of the text: half of
// a number is another number.
func (f *Format) parseEpoch(text string) (Result, error) {
	for i := 0; i < len(text); i++ {
		if c := text[i]; (c < '0' || c > '9') && (c != '-' || i > 0) {
			return Result{}, f.fault(text, i, "expected a whole number of "+f.name()+", only digits")
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n > maxSeconds || n < -maxSeconds {
		reason := "the number is out of range"
		if text == "" || text == "-" {
			reason = "expected a whole number of " + f.name()
		}
		if err != nil || f.epoch == time.Second {
			return Result{}, f.fault(text, 0, reason)
		}
	}
	var t time.Time
	switch f.epoch {
	case time.Second:
		t = time.Unix(n, 0)
	case time.Millisecond:
		t = time.UnixMilli(n)
	default:
		t = time.UnixMicro(n)
	}
	return Result{Time: t.UTC(), End: len(text)}, nil
}

// maxSeconds keeps a count of seconds within what milliseconds can hold, as other dates are.
const maxSeconds = 1<<63/1000 - 1

func (f *Format) formatEpoch(t time.Time) string {
	switch f.epoch {
	case time.Second:
		return strconv.FormatInt(t.Unix(), 10)
	case time.Millisecond:
		return strconv.FormatInt(t.UnixMilli(), 10)
	}
	return strconv.FormatInt(t.UnixMicro(), 10)
}

func (f *Format) name() string {
	switch f.epoch {
	case time.Second:
		return "seconds"
	case time.Millisecond:
		return "milliseconds"
	}
	return "microseconds"
}
