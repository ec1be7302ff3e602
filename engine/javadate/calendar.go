package javadate

// Days are counted from 1970-01-01. Java's calendar is Julian up to 1582-10-04 and Gregorian from the
// day after, which is called 1582-10-15. Years are counted through: 0 is 1 BC.
const (
	dayMillis   = 86_400_000
	cutoverDay  = -141_427 // 1582-10-15 Gregorian
	cutoverYear = 1582
)

// gregorianDay is the day number of the first of a month, counted from 0.
func gregorianDay(y int32, m int32) int64 {
	prev := int64(y) - 1
	days := 365*prev + floorDiv(prev, 4) - floorDiv(prev, 100) + floorDiv(prev, 400)
	return days + int64(monthStart(m, gregorianLeap(int64(y)))) - 719_162
}

// julianDay is the same in the Julian calendar.
func julianDay(y int32, m int32) int64 {
	prev := int64(y) - 1
	return 365*prev + floorDiv(prev, 4) + int64(monthStart(m, julianLeap(int64(y)))) - 719_164
}

func gregorianLeap(y int64) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }
func julianLeap(y int64) bool    { return y%4 == 0 }

var starts = [13]int32{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365}

// monthStart is the number of days of a year before month m.
func monthStart(m int32, leap bool) int32 {
	if leap && m > 1 {
		return starts[m] + 1
	}
	return starts[m]
}

// civil is a date of Java's calendar.
type civil struct {
	year      int64 // counted through, 0 is 1 BC
	month     int32 // from 0
	day       int32 // of the month, from 1
	dayOfYear int32 // from 1
	length    int32 // days of the year
}

// civilOf gives the date of a day number.
func civilOf(day int64) civil {
	leap, y, first := gregorianLeap, int64(0), int64(0)
	if day >= cutoverDay {
		n := day + 719_162 // days since 0001-01-01
		y = yearOf(n, 146_097, 400, func(y int64) int64 { return 365*y + y/4 - y/100 + y/400 })
		first = 365*(y-1) + floorDiv(y-1, 4) - floorDiv(y-1, 100) + floorDiv(y-1, 400) - 719_162
	} else {
		leap = julianLeap
		n := day + 719_164
		y = yearOf(n, 1461, 4, func(y int64) int64 { return 365*y + y/4 })
		first = 365*(y-1) + floorDiv(y-1, 4) - 719_164
	}
	c := civil{year: y, length: monthStart(12, leap(y))}
	ordinal := int32(day - first) // from 0, in the proleptic year
	for c.month = 11; monthStart(c.month, leap(y)) > ordinal; c.month-- {
	}
	c.day = ordinal - monthStart(c.month, leap(y)) + 1
	c.dayOfYear = ordinal + 1
	if y == cutoverYear {
		c.length = 355
		if day >= cutoverDay {
			c.dayOfYear -= 10
		}
	}
	return c
}

// yearOf finds the year of the n-th day after 0001-01-01, given a cycle of the calendar and the number
// of days in the first y years of a cycle.
func yearOf(n, cycleDays, cycleYears int64, days func(y int64) int64) int64 {
	cycles := floorDiv(n, cycleDays)
	rest := n - cycles*cycleDays
	y := min(rest/365, cycleYears-1)
	for days(y) > rest {
		y--
	}
	return cycles*cycleYears + y + 1
}

// dayOfWeekOf gives Sunday = 1 ... Saturday = 7.
func dayOfWeekOf(day int64) int32 { return int32(floorMod(day+4, 7)) + 1 }

// onOrBefore is the last day up to the given one that falls on a day of the week.
func onOrBefore(day int64, dow int32) int64 {
	return day - floorMod(day+4-(int64(dow)-1), 7)
}

// firstWeek is the day on which the first week of a month or year begins that starts at day: weeks
// begin on Sunday, and the one with the first day is the first (locale en_US).
func firstWeek(day int64) int64 { return onOrBefore(day, 1) }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }
