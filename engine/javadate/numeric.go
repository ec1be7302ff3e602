package javadate

import "unicode/utf8"

// number reads a number and stores it. Where another field follows at once, the number may not go
// beyond count characters from start.
func (p *parser) number(e *element, start, at int) (int, bool) {
	text := p.text
	if e.abut {
		limit, ok := skip(text, start, e.count)
		if !ok || limit < at {
			return at, false
		}
		text = text[:limit]
	}
	value, end, ok := number(text, at)
	if !ok {
		return at, false
	}
	return end, p.store(e, value, at, end)
}

// store puts a number where its letter says.
func (p *parser) store(e *element, value int32, at, end int) bool {
	switch e.letter {
	case 'y', 'Y':
		value = p.year(e.count, value, at, end)
	case 'M', 'L':
		value--
	case 'k':
		if p.format.strict && (value < 1 || value > 24) {
			return false
		}
		if value == 24 {
			value = 0
		}
	case 'h':
		if p.format.strict && (value < 1 || value > 12) {
			return false
		}
		if value == 12 {
			value = 0
		}
	case 'u':
		value = isoDay(value)
	}
	p.fields.set(letterField(e.letter), value)
	return true
}

// year moves a year of exactly two digits, under y or yy, into the format's century.
func (p *parser) year(count int, value int32, at, end int) int32 {
	if count > 2 || !twoDigits(p.text[at:end]) {
		return value
	}
	base := p.format.centuryYear
	p.ambiguous = value == base%100
	if value < base%100 {
		value += 100
	}
	return value + base/100*100
}

func twoDigits(s string) bool {
	n := 0
	for _, r := range s {
		if n++; digit(r) < 0 {
			return false
		}
	}
	return n == 2
}

// skip is the place n characters on.
func skip(text string, at, n int) (int, bool) {
	for ; n > 0; n-- {
		if at >= len(text) {
			return 0, false
		}
		if text[at] < utf8.RuneSelf {
			at++
			continue
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at, true
}
