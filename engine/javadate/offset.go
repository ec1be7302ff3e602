package javadate

import "time"

// isUTC tells whether a zone never differs from UTC, without asking its data.
func isUTC(zone *time.Location) bool { return zone == time.UTC || zone.String() == "GMT" }

// wallOffset is the UTC offset, in milliseconds, that a zone has at a local time. As in Java, a new
// offset holds from the local time at which it begins *by the new clock*: of an hour that runs twice
// the second is meant, and a time that is skipped is read by the clock before the change.
func wallOffset(zone *time.Location, local int64) int64 {
	if isUTC(zone) {
		return 0
	}
	t := time.UnixMilli(local).In(zone)
	// The offset at the moment when UTC shows the local time is at most one change away, except round
	// changes that are less than two days apart; hence a few steps.
	for range 4 {
		_, offset := t.Zone()
		start, end := t.ZoneBounds()
		if !start.IsZero() && local < start.UnixMilli()+int64(offset)*1000 {
			t = start.Add(-1)
			continue
		}
		if !end.IsZero() {
			_, next := end.Zone()
			if local >= end.UnixMilli()+int64(next)*1000 {
				t = end
				continue
			}
		}
		return int64(offset) * 1000
	}
	_, offset := t.Zone()
	return int64(offset) * 1000
}

// splitOffset divides the offset of a zone at an instant into standard time and what daylight saving
// adds to it, in milliseconds. Where zone data call the summer the standard and let the winter save
// less than nothing (Ireland, Morocco), Java has it the usual way round, and so has this.
func splitOffset(t time.Time) (standard, saving int64) {
	_, offset := t.Zone()
	other, differs := neighbour(t)
	switch {
	case !differs:
		return int64(offset) * 1000, 0
	case other < offset:
		return int64(other) * 1000, int64(offset-other) * 1000
	}
	return int64(offset) * 1000, 0
}

// neighbour is the offset of the nearest period that daylight saving tells from the present one: of
// the two exactly one counts as daylight saving. Several may lie between (double summer time). For a
// period of standard time only those that touch it count, and only if it is itself a season.
func neighbour(t time.Time) (int, bool) {
	steps := 6
	if start, end := t.ZoneBounds(); !t.IsDST() {
		if start.IsZero() || end.IsZero() || end.Sub(start) > 400*24*time.Hour {
			return 0, false
		}
		steps = 1
	}
	before, after := t, t
	for range steps {
		if start, _ := before.ZoneBounds(); !start.IsZero() {
			if before = start.Add(-1); before.IsDST() != t.IsDST() {
				_, offset := before.Zone()
				return offset, true
			}
		}
		if _, end := after.ZoneBounds(); !end.IsZero() {
			if after = end; after.IsDST() != t.IsDST() {
				_, offset := after.Zone()
				return offset, true
			}
		}
	}
	return 0, false
}
