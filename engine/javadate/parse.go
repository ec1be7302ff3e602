package javadate

import (
	"time"
	"unicode/utf8"
)

// Result is what [Format.Parse] read.
type Result struct {
	Time   time.Time // in UTC
	End    int       // bytes of the text that were used
	Prefix bool      // text was left behind End
}

// Parse reads a date as java.text.DateFormat.parse(String) does: the text must begin with a date of the
// format, and what follows is not looked at (see [Result].Prefix). Numbers from 1970 must be the whole
// text. The error is a [*ParseError].
func (f *Format) Parse(text string) (Result, error) {
	if f.epoch > 0 {
		return f.parseEpoch(text)
	}
	p := parser{format: f, text: text, zone: f.zone}
	at := 0
	for i := range f.elements {
		next, ok := p.element(&f.elements[i], at)
		if !ok {
			return Result{}, f.fault(text, next, expected(&f.elements[i]))
		}
		at = next
	}
	ms, ok := p.resolve()
	if !ok {
		return Result{}, f.fault(text, at, "the fields are out of range or contradict each other, or there is no such local time")
	}
	return Result{Time: time.UnixMilli(ms).UTC(), End: at, Prefix: at < len(text)}, nil
}

// parser reads one text.
type parser struct {
	format    *Format
	text      string
	zone      *time.Location
	fields    fields
	ambiguous bool // a two-digit year is the one in which the century starts
}

// resolve gives the instant. A two-digit year that falls before the century's start within the same
// year belongs to the next century.
func (p *parser) resolve() (int64, bool) {
	ms, ok := p.fields.resolve(p.zone, p.format.strict)
	if ok && p.ambiguous && ms < p.format.century {
		p.fields.value[year] += 100
		p.fields.value[weekYear] += 100
		return p.fields.resolve(p.zone, p.format.strict)
	}
	return ms, ok
}

// element reads the text of one element. It gives the place after it, or the place of the fault.
func (p *parser) element(e *element, at int) (int, bool) {
	if e.letter == 0 {
		return p.literal(e.literal, at)
	}
	start := at
	for at < len(p.text) && (p.text[at] == ' ' || p.text[at] == '\t') {
		at++
	}
	if at == len(p.text) {
		return start, false
	}
	switch e.letter {
	case 'G':
		return p.name(era, start, at, eraShort[:], eraLong[:])
	case 'E':
		return p.weekday(start, at)
	case 'a':
		return p.name(amPm, start, at, halfDay[:])
	case 'z', 'Z':
		return p.zoneName(start, at)
	case 'X':
		return p.isoZone(at, e.count)
	case 'M', 'L':
		if e.count > 2 {
			return p.name(month, start, at, monthShort[:], monthLong[:])
		}
	}
	return p.number(e, start, at)
}

func (p *parser) literal(want string, at int) (int, bool) {
	for i := 0; i < len(want); i++ {
		if at+i >= len(p.text) || p.text[at+i] != want[i] {
			return runeStart(p.text, at+i), false
		}
	}
	return at + len(want), true
}

// runeStart is the place where the character begins that has a byte at a place.
func runeStart(text string, at int) int {
	for at > 0 && at < len(text) && !utf8.RuneStart(text[at]) {
		at--
	}
	return at
}

// name reads one of the names. They are looked for at start: unlike numbers, names may not have blanks
// before them.
func (p *parser) name(k field, start, at int, lists ...[]string) (int, bool) {
	index, length := matchName(p.text, start, lists...)
	if length == 0 {
		return at, false
	}
	p.fields.set(k, index)
	return start + length, true
}

func (p *parser) weekday(start, at int) (int, bool) {
	end, ok := p.name(dayOfWeek, start, at, dayShort[:], dayLong[:])
	if ok {
		p.fields.value[dayOfWeek]++
	}
	return end, ok
}
