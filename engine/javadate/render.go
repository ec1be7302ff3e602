package javadate

import (
	"strconv"
	"time"
)

// Format writes the instant in the format's zone. What is finer than the format's unit is cut off, so
// the text never tells a later instant than t.
func (f *Format) Format(t time.Time) string {
	if f.epoch > 0 {
		return f.formatEpoch(t)
	}
	ms := t.UnixMilli()
	t = time.UnixMilli(ms).In(f.zone)
	_, offset := t.Zone()
	moment := explode(ms + int64(offset)*1000)
	b := make([]byte, 0, 40)
	for i := range f.elements {
		e := &f.elements[i]
		switch e.letter {
		case 0:
			b = append(b, e.literal...)
		case 'z':
			b = append(b, displayName(t, e.count > 3)...)
		case 'Z', 'X':
			b = appendOffset(b, e, offset)
		default:
			b = appendField(b, e, &moment)
		}
	}
	return string(b)
}

// appendField writes a field as number or name.
func appendField(b []byte, e *element, moment *fields) []byte {
	v := moment.value[letterField(e.letter)]
	switch e.letter {
	case 'G':
		return append(b, eraShort[v]...) // also for GGGG
	case 'E':
		return append(b, pick(e.count > 3, dayLong[:], dayShort[:])[v-1]...)
	case 'a':
		return append(b, halfDay[v]...)
	case 'M', 'L':
		if e.count > 2 {
			return append(b, pick(e.count > 3, monthLong[:], monthShort[:])[v]...)
		}
		v++
	case 'y', 'Y':
		if e.count == 2 {
			v %= 100
		}
	case 'k':
		v = orIfZero(v, 24)
	case 'h':
		v = orIfZero(v, 12)
	case 'u':
		v = (v+5)%7 + 1
	}
	return appendPadded(b, int64(v), e.count)
}

// appendOffset writes +hhmm for Z, and by the number of X one of +hh, +hhmm, +hh:mm, or Z for zero.
func appendOffset(b []byte, e *element, seconds int) []byte {
	if seconds == 0 && e.letter == 'X' {
		return append(b, 'Z')
	}
	minutes := int64(seconds / 60)
	sign := byte('+')
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	b = appendPadded(append(b, sign), minutes/60, 2)
	if e.letter == 'X' && e.count == 1 {
		return b
	}
	if e.letter == 'X' && e.count == 3 {
		b = append(b, ':')
	}
	return appendPadded(b, minutes%60, 2)
}

// appendPadded writes a number with at least width digits.
func appendPadded(b []byte, v int64, width int) []byte {
	if v < 0 {
		b, v = append(b, '-'), -v
	}
	for limit := int64(10); width > 1; width, limit = width-1, limit*10 {
		if v < limit {
			b = append(b, '0')
		}
		if limit >= 1e17 {
			limit = 1e16 // wider than any field: only zeros from here
		}
	}
	return strconv.AppendInt(b, v, 10)
}

func pick(long bool, a, b []string) []string {
	if long {
		return a
	}
	return b
}

func orIfZero(v, instead int32) int32 {
	if v == 0 {
		return instead
	}
	return v
}
