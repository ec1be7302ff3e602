package javadate

import "time"

// resolve turns fields into an instant in milliseconds since 1970. It answers false where strict
// reading refuses the fields.
func (f fields) resolve(zone *time.Location, strict bool) (int64, bool) {
	if f.order[weekYear] > f.order[year] && !f.resolveWeekDate(strict) {
		return 0, false
	}
	if strict && !f.inRange() {
		return 0, false
	}
	local, exists := f.local()
	if strict && !exists {
		return 0, false
	}
	offset := f.offset(zone, local)
	if strict && !f.survives(zone, local, offset) {
		return 0, false
	}
	return local - offset, true
}

// local is the local time that the fields name, in milliseconds since 1970-01-01T00:00 local. It answers
// false for a day that the change of calendars skips.
func (f *fields) local() (int64, bool) {
	timeOfDay := f.timeOfDay()
	carry := floorDiv(timeOfDay, dayMillis)
	day, exists := f.day(f.dayRule(), carry)
	return day*dayMillis + timeOfDay - carry*dayMillis, exists
}

// inRange checks every field that was set against its span.
func (f *fields) inRange() bool {
	for k := range fieldCount {
		if f.has(k) && (f.value[k] < spans[k].min || f.value[k] > spans[k].max) {
			return false
		}
	}
	return true
}

// survives tells whether the instant, written out again, shows every field as it was read.
func (f *fields) survives(zone *time.Location, local, offset int64) bool {
	if !f.has(zoneOffset) && !f.has(dstOffset) {
		_, seconds := time.UnixMilli(local - offset).In(zone).Zone()
		local += int64(seconds)*1000 - offset
	}
	shown := explode(local)
	for k := range zoneOffset {
		if f.has(k) && f.value[k] != shown.value[k] {
			return false
		}
	}
	return true
}

func (f *fields) timeOfDay() int64 {
	hours := int64(f.value[hourOfDay])
	if !f.hourOfDayWins() {
		hours = int64(f.value[hour])
		if f.has(amPm) {
			hours += 12 * int64(f.value[amPm])
		}
	}
	return ((hours*60+int64(f.value[minute]))*60+int64(f.value[second]))*1000 + int64(f.value[millisecond])
}

// hourOfDayWins decides between H and h with a.
func (f *fields) hourOfDayWins() bool {
	if half := f.pair(hour, amPm); f.has(hourOfDay) || half > 0 {
		return f.order[hourOfDay] >= half
	}
	return false
}

// pair is the later of two fields, if both are set.
func (f *fields) pair(a, b field) uint8 {
	if !f.has(a) || !f.has(b) {
		return 0
	}
	return max(f.order[a], f.order[b])
}

// offset is what lies between local time and UTC, in milliseconds: read from the text, or looked up.
func (f *fields) offset(zone *time.Location, local int64) int64 {
	switch {
	case f.has(zoneOffset):
		return int64(f.value[zoneOffset]) + int64(f.value[dstOffset])
	case f.has(dstOffset):
		standard, _ := splitOffset(time.UnixMilli(local - wallOffset(zone, local)).In(zone))
		return standard + int64(f.value[dstOffset])
	}
	return wallOffset(zone, local)
}
