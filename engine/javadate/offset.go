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
// adds to it, in milliseconds. The zone database tells only whether daylight saving is on; how much it
// adds is seen from the nearest period without. Where it calls the summer the standard and lets the
// winter save less than nothing (Ireland, Morocco), Java has it the usual way round, and so has this.
func splitOffset(t time.Time) (standard, saving int64) {
	_, offset := t.Zone()
	base := offset
	if t.IsDST() {
		base = standardNear(t, offset)
	} else if before, after := beside(t); before.winter(offset) {
		base = before.offset
	} else if after.winter(offset) {
		base = after.offset
	}
	return int64(base) * 1000, int64(offset-base) * 1000
}

// standardNear is the offset of the nearest period without daylight saving, of less than the given
// offset. Other periods may lie between (double summer time).
func standardNear(t time.Time, offset int) int {
	early, late := t, t
	for range 6 {
		before, _ := beside(early)
		_, after := beside(late)
		switch {
		case before.known && !before.dst && before.offset < offset:
			return before.offset
		case after.known && !after.dst && after.offset < offset:
			return after.offset
		}
		early, late = before.at, after.at
	}
	return offset
}

// period is a stretch of time in which a zone keeps one offset.
type period struct {
	at     time.Time // an instant in it
	offset int       // in seconds
	dst    bool
	known  bool // false if there is no such period
}

// winter tells whether the period saves less than nothing against an offset.
func (p period) winter(offset int) bool { return p.known && p.dst && p.offset < offset }

// beside gives the periods before and after the one of t.
func beside(t time.Time) (before, after period) {
	start, end := t.ZoneBounds()
	before, after = period{at: t}, period{at: t}
	if !start.IsZero() {
		before = periodOf(start.Add(-1))
	}
	if !end.IsZero() {
		after = periodOf(end)
	}
	return before, after
}

func periodOf(t time.Time) period {
	_, offset := t.Zone()
	return period{at: t, offset: offset, dst: t.IsDST(), known: true}
}
