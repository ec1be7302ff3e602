package javadate

// rule is a group of fields that says which day is meant.
type rule uint8

const (
	byDayOfMonth rule = iota
	byWeekOfMonth
	byDayOfWeekInMonth
	byDayOfYear
	byWeekOfYear
)

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
