package javadate

// field is one of the quantities that a calendar keeps.
type field uint8

// The values count as Java's do: months from 0, days of the week from 1 (Sunday), AM 0 and PM 1,
// BC 0 and AD 1, zone and daylight offsets in milliseconds.
const (
	era field = iota
	year
	month
	weekOfYear
	weekOfMonth
	dayOfMonth
	dayOfYear
	dayOfWeek
	dayOfWeekInMonth
	amPm
	hour
	hourOfDay
	minute
	second
	millisecond
	zoneOffset
	dstOffset
	weekYear
	fieldCount
)

// fields holds what was read from a text, and in which order: where fields contradict each other, the
// later one wins.
type fields struct {
	value [fieldCount]int32 // 32 bits wide, so that huge numbers wrap as Java's ints do
	order [fieldCount]uint8 // 0: not set
	last  uint8
}

func (f *fields) set(k field, v int32) {
	f.last++ // cannot wrap: at most two for each of maxElements
	f.value[k], f.order[k] = v, f.last
}

func (f *fields) clear(k field) { f.value[k], f.order[k] = 0, 0 }

func (f *fields) has(k field) bool { return f.order[k] != 0 }

// span is the range that strict reading allows.
type span struct{ min, max int32 }

const hourMillis = 3_600_000

var spans = [fieldCount]span{
	era: {0, 1}, year: {1, 292278994}, month: {0, 11},
	weekOfYear: {1, 53}, weekOfMonth: {0, 6}, dayOfMonth: {1, 31}, dayOfYear: {1, 366},
	dayOfWeek: {1, 7}, dayOfWeekInMonth: {1, 6},
	amPm: {0, 1}, hour: {0, 11}, hourOfDay: {0, 23}, minute: {0, 59}, second: {0, 59}, millisecond: {0, 999},
	zoneOffset: {-13 * hourMillis, 14 * hourMillis}, dstOffset: {0, 2 * hourMillis},
	weekYear: {-1 << 31, 1<<31 - 1},
}

// letterField is the field that a numeric letter fills.
func letterField(letter byte) field {
	switch letter {
	case 'y':
		return year
	case 'Y':
		return weekYear
	case 'M', 'L':
		return month
	case 'w':
		return weekOfYear
	case 'W':
		return weekOfMonth
	case 'D':
		return dayOfYear
	case 'd':
		return dayOfMonth
	case 'F':
		return dayOfWeekInMonth
	case 'E', 'u':
		return dayOfWeek
	case 'G':
		return era
	case 'a':
		return amPm
	case 'H', 'k':
		return hourOfDay
	case 'K', 'h':
		return hour
	case 'm':
		return minute
	case 's':
		return second
	}
	return millisecond
}

// isoDay turns Monday = 1 ... Sunday = 7 into Sunday = 1 ... Saturday = 7. Other numbers stay.
func isoDay(v int32) int32 {
	if v < 1 || v > 7 {
		return v
	}
	return v%7 + 1
}
