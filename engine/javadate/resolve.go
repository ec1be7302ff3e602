package javadate

import "time"

// rule is a group of fields that says which day is meant.
type rule uint8

const (
	byDayOfMonth rule = iota
	byWeekOfMonth
	byDayOfWeekInMonth
	byDayOfYear
	byWeekOfYear
)

// resolve turns fields into an instant in milliseconds since 1970. It answers false where strict
// reading refuses the fields.
func (f fields) resolve(zone *time.Location, strict bool) (int64, bool) {
	if f.order[weekYear] > f.order[year] && !f.resolveWeekDate(strict) {
		return 0, false
	}
	if strict && !f.inRange() {
		return 0, false
	}
	timeOfDay := f.timeOfDay()
	days := timeOfDay / dayMillis
	timeOfDay %= dayMillis
	if timeOfDay < 0 {
		timeOfDay += dayMillis
		days--
	}
	by := f.dayRule()
	day, exists := f.day(by, days)
	if strict && !exists {
		return 0, false
	}
	local := day*dayMillis + timeOfDay
	offset := f.offset(zone, local)
	if strict && !f.survives(zone, local, offset) {
		return 0, false
	}
	return local - offset, true
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

// dayRule decides which group of fields names the day: the one completed last; where none is complete,
// the last that was begun. A month alone means its first day.
func (f *fields) dayRule() rule {
	o := &f.order
	if o[dayOfYear]|o[dayOfWeek]|o[weekOfYear]|o[weekOfMonth]|o[dayOfWeekInMonth] == 0 {
		return byDayOfMonth
	}
	dom, doy := o[dayOfMonth], o[dayOfYear]
	wom, dim, woy := f.pair(weekOfMonth, dayOfWeek), f.pair(dayOfWeekInMonth, dayOfWeek), f.pair(weekOfYear, dayOfWeek)
	best := max(dom, doy, wom, dim, woy)
	if best == 0 {
		wom, dim, woy = o[weekOfMonth], max(o[dayOfWeekInMonth], o[dayOfWeek]), o[weekOfYear]
		best = max(wom, dim, woy)
	}
	switch {
	case best == dom:
		return byDayOfMonth
	case best == wom && o[weekOfMonth] >= o[weekOfYear], best == dim && o[dayOfWeekInMonth] >= o[weekOfYear]:
		if best == wom && (wom != dim || o[weekOfMonth] >= o[dayOfWeekInMonth]) {
			return byWeekOfMonth
		}
		return byDayOfWeekInMonth
	case best == doy:
		return byDayOfYear
	}
	return byWeekOfYear
}

// throughYear is the year counted through (0 is 1 BC); 1970 if none was read.
func (f *fields) throughYear() int32 {
	y := int32(1970)
	if f.has(year) {
		y = f.value[year]
	}
	if f.has(era) && f.value[era] == 0 {
		return 1 - y
	}
	return y
}

// day is the day number that the fields name by a rule, plus days carried over from the time. It
// answers false for a date between 1582-10-04 and 1582-10-15, of which there is none.
func (f *fields) day(by rule, carry int64) (int64, bool) {
	y := f.throughYear()
	if y > cutoverYear {
		if day := carry + f.dayIn(gregorianDay, y, by); day >= cutoverDay {
			return day, true
		}
		return f.ambiguous(y, by, carry)
	}
	if y < cutoverYear {
		day := carry + f.dayIn(julianDay, y, by)
		if day < cutoverDay {
			return day, true
		}
		return f.choose(day, day)
	}
	return f.ambiguous(y, by, carry)
}

// ambiguous reads the fields in both calendars and decides.
func (f *fields) ambiguous(y int32, by rule, carry int64) (int64, bool) {
	julian, gregorian := carry+f.dayIn(julianDay, y, by), carry+f.dayIn(gregorianDay, y, by)
	if by == byDayOfYear || by == byWeekOfYear {
		return julian, true // counted from a New Year that was Julian
	}
	return f.choose(julian, gregorian)
}

func (f *fields) choose(julian, gregorian int64) (int64, bool) {
	switch {
	case gregorian >= cutoverDay:
		return gregorian, true
	case julian < cutoverDay:
		return julian, true
	}
	return julian, false
}

// dayIn is the day number by a rule in one calendar, given the calendar's first day of a month.
func (f *fields) dayIn(first func(y, m int32) int64, y int32, by rule) int64 {
	if by == byDayOfYear || by == byWeekOfYear {
		newYear := first(y, 0)
		if by == byDayOfYear {
			return newYear + int64(f.value[dayOfYear]) - 1
		}
		return f.inWeek(firstWeek(newYear), f.value[weekOfYear])
	}
	m := f.value[month]
	if m < 0 || m > 11 {
		y += int32(floorDiv(int64(m), 12))
		m = int32(floorMod(int64(m), 12))
	}
	day := first(y, m)
	switch by {
	case byWeekOfMonth:
		return f.inWeek(firstWeek(day), f.value[weekOfMonth])
	case byDayOfWeekInMonth:
		return f.nthInMonth(day, first(y, m+1)-day)
	}
	if f.has(dayOfMonth) {
		day += int64(f.value[dayOfMonth]) - 1
	}
	return day
}

// inWeek is a day of the n-th week, Sunday if no day of the week was read.
func (f *fields) inWeek(first int64, n int32) int64 {
	if f.has(dayOfWeek) {
		first = onOrBefore(first+6, f.value[dayOfWeek])
	}
	return first + 7*(int64(n)-1)
}

// nthInMonth is the n-th Monday (or so) of a month that begins on day first; negative n counts from
// the month's end.
func (f *fields) nthInMonth(first, length int64) int64 {
	dow, n := int32(1), int64(1)
	if f.has(dayOfWeek) {
		dow = f.value[dayOfWeek]
	}
	if f.has(dayOfWeekInMonth) {
		n = int64(f.value[dayOfWeekInMonth])
	}
	if n >= 0 {
		return onOrBefore(first+7*n-1, dow)
	}
	return onOrBefore(first+length+7*(n+1)-1, dow)
}

// resolveWeekDate replaces a week year, with week and day of the week (else the first), by year, month
// and day. It answers false where strict reading refuses them.
func (f *fields) resolveWeekDate(strict bool) bool {
	week, dow := int32(1), int32(1)
	if f.has(weekOfYear) {
		week = f.value[weekOfYear]
	}
	if f.has(dayOfWeek) {
		dow = f.value[dayOfWeek]
	}
	if dow < 1 || dow > 7 {
		if strict {
			return false
		}
		week, dow = carryDays(week, dow)
	}
	var start fields
	start.set(year, f.value[weekYear])
	start.set(weekOfYear, 1)
	start.set(dayOfWeek, 1)
	day, _ := start.day(byWeekOfYear, 0)
	day += int64(dow-1) + 7*(int64(week)-1)
	shown := explode(day * dayMillis)
	if strict && (shown.value[weekYear] != f.value[weekYear] || shown.value[weekOfYear] != week || shown.value[dayOfWeek] != dow) {
		return false
	}
	for _, k := range [...]field{era, year, month, dayOfMonth} {
		f.set(k, shown.value[k])
	}
	f.order[weekYear], f.value[weekOfYear] = 0, week
	return true
}

// carryDays brings a day of the week in ISO count (Monday = 1) that is out of range into the range by
// moving the week.
func carryDays(week, dow int32) (int32, int32) {
	if dow >= 8 {
		dow--
		week += dow / 7
		dow = dow%7 + 1
	} else {
		weeks := (7 - int64(dow)) / 7 // whole weeks below 1
		dow += int32(7 * weeks)
		week -= int32(weeks)
	}
	return week, isoDay(dow)
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
