package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// queryDate is how iContact reads a date in a query.
const queryDate = "2006-01-02T15:04:05-07:00"

// bound adds a condition on createDate. A date without a time means its midnight, as everywhere on the platform: it is sent with the time,
// because what iContact makes of a bare day is not documented.
//
// In the hour that runs twice in autumn the bound is the beginning or the end of it, so that nothing is left out: see lowerBound.
func (r *reading) bound(op, text string) error {
	t, err := r.adapter.readDate(text)
	if err != nil {
		return err
	}
	whole := t.Truncate(time.Second)
	if op == ">=" || op == "<" { // the dates have whole seconds: at or after half past is after
		if whole.Before(t) {
			whole = whole.Add(time.Second)
		}
	}
	kind, sent := searchTypes[op], whole.Format(queryDate)
	if begin, twice := firstRun(whole); twice {
		switch op {
		case ">", ">=":
			kind, sent = "gte", begin.Format(queryDate)
		case "<", "<=":
			kind, sent = "lte", begin.Add(2*time.Hour).Format(queryDate)
		}
	}
	if op == "LIKE" {
		return fmt.Errorf("iContact cannot search with %s LIKE: want >, >=, <, <= or =", createDate)
	}
	r.add(createDate, sent)
	if kind != "" {
		r.add(createDate+"SearchType", kind)
	}
	return nil
}

// readDate reads a date of a where clause: RFC 3339, the same without an offset or a time (Eastern then), or milliseconds since 1970.
func (a adapter) readDate(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil && ms >= 10_000_000_000 { // fewer digits are a year, a day or seconds
		return time.UnixMilli(ms).In(a.eastern), nil
	}
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02",
	} {
		if t, err := time.ParseInLocation(layout, text, a.eastern); err == nil {
			return t.In(a.eastern), nil
		}
	}
	return time.Time{}, fmt.Errorf("%s is compared with %q, which is no date: want one such as 2026-06-09T15:46:52-04:00", createDate, text)
}

// lowerBound gives a time as iContact wants it, in whole seconds of its own zone. In the hour that runs twice in autumn the bound is the
// beginning of its first run: iContact keeps local times without an offset, and however it compares them, nothing is left out then.
func (a adapter) lowerBound(ms int64) string {
	t := time.UnixMilli(ms).In(a.eastern).Truncate(time.Second)
	if begin, twice := firstRun(t); twice {
		t = begin
	}
	return t.Format(queryDate)
}

// firstRun is the beginning of the hour that runs twice, if t lies in either run of it.
func firstRun(t time.Time) (begin time.Time, twice bool) {
	if _, before := t.Add(-time.Hour).Zone(); before > offsetOf(t) {
		t, twice = t.Add(-time.Hour), true
	}
	if offsetOf(t.Add(time.Hour)) < offsetOf(t) {
		return t.Truncate(time.Hour), true // the zone's offset is whole hours
	}
	return t, twice
}

func offsetOf(t time.Time) int {
	_, seconds := t.Zone()
	return seconds
}
