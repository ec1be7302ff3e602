package javadate

// explode gives all fields of a moment, told as local time in milliseconds since 1970-01-01T00:00
// local. The offsets of the zone are left 0.
func explode(local int64) fields {
	var f fields
	day := floorDiv(local, dayMillis)
	f.setDay(day)
	f.setTime(int32(local - day*dayMillis))
	return f
}

func (f *fields) setDay(day int64) {
	c := civilOf(day)
	y := int32(c.year)
	f.value[era], f.value[year] = 1, y
	if y <= 0 {
		f.value[era], f.value[year] = 0, 1-y
	}
	f.value[month] = c.month
	f.value[dayOfMonth] = c.day
	f.value[dayOfYear] = c.dayOfYear
	f.value[dayOfWeek] = dayOfWeekOf(day)
	f.value[dayOfWeekInMonth] = (c.day-1)/7 + 1
	f.value[weekOfMonth] = int32((day-firstWeek(day-int64(c.day)+1))/7) + 1

	f.value[weekYear] = y
	newYear := day - int64(c.dayOfYear) + 1
	f.value[weekOfYear] = int32((day-firstWeek(newYear))/7) + 1
	if day >= firstWeek(newYear+int64(c.length)) {
		f.value[weekOfYear] = 1
		f.value[weekYear] = y + 1
	}
	if y <= 0 {
		f.value[weekYear] = y + oddWeekYear(y, c)
	}
}

// oddWeekYear is 1 if Java counts a day before Christ to the next week year. Java takes the weekday of
// the wrong New Year here: it forgets that the years of that era count down.
func oddWeekYear(y int32, c civil) int32 {
	day := julianDay(-y, 0)
	ahead := int32(onOrBefore(day+6, 1) - day)
	if ahead == 0 {
		ahead = 7
	}
	if c.length-c.dayOfYear+1 <= 7-ahead {
		return 1
	}
	return 0
}

func (f *fields) setTime(ms int32) {
	f.value[hourOfDay] = ms / hourMillis
	f.value[hour] = f.value[hourOfDay] % 12
	f.value[amPm] = f.value[hourOfDay] / 12
	f.value[minute] = ms / 60_000 % 60
	f.value[second] = ms / 1000 % 60
	f.value[millisecond] = ms % 1000
}
