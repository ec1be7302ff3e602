package javadate

import "time"

// zoneName reads what z and Z accept: +hhmm, GMT, GMT+hh:mm, or a zone's name. GMT is looked for at
// start, before blanks were skipped, as in Java.
func (p *parser) zoneName(start, at int) (int, bool) {
	switch sign := signOf(p.text[at]); {
	case sign != 0:
		return p.numericZone(at+1, sign, 0, false)
	case lower(p.text[at]) == 'g' && hasPrefixFold(p.text[start:], "GMT"):
		at = start + len("GMT")
		if at < len(p.text) && signOf(p.text[at]) != 0 {
			return p.numericZone(at+1, signOf(p.text[at]), 0, true)
		}
		p.setOffset(0)
		return at, true
	}
	return p.namedZone(at)
}

// isoZone reads what X accepts: Z, +hh, +hhmm or +hh:mm by the number of X.
func (p *parser) isoZone(at, count int) (int, bool) {
	if p.text[at] == 'Z' {
		p.setOffset(0)
		return at + 1, true
	}
	sign := signOf(p.text[at])
	if sign == 0 {
		return at + 1, false
	}
	return p.numericZone(at+1, sign, count, count == 3)
}

func signOf(c byte) int32 {
	switch c {
	case '+':
		return 1
	case '-':
		return -1
	}
	return 0
}

// numericZone reads hours and, unless count is 1, minutes. One digit is enough for the hours where a
// colon follows (GMT+8:00) and count is 0, that is outside of X. On failure it gives the place of the
// character that does not fit.
func (p *parser) numericZone(at int, sign int32, count int, colon bool) (int, bool) {
	hours, ok := p.digit(at)
	if !ok {
		return at, false
	}
	at++
	if d, ok := p.digit(at); ok {
		hours = hours*10 + d
		at++
	} else if at >= len(p.text) || count > 0 || !colon {
		return at, false
	}
	if hours > 23 {
		return at - 1, false
	}
	minutes := int32(0)
	if count != 1 {
		if colon {
			if at >= len(p.text) || p.text[at] != ':' {
				return at, false
			}
			at++
		}
		for range 2 {
			d, ok := p.digit(at)
			if !ok {
				return at, false
			}
			minutes = minutes*10 + d
			at++
		}
		if minutes > 59 {
			return at - 1, false
		}
	}
	p.setOffset((hours*60 + minutes) * 60_000 * sign)
	return at, true
}

func (p *parser) digit(at int) (int32, bool) {
	if at >= len(p.text) || p.text[at] < '0' || p.text[at] > '9' {
		return 0, false
	}
	return int32(p.text[at] - '0'), true
}

func (p *parser) setOffset(ms int32) {
	p.fields.set(zoneOffset, ms)
	p.fields.set(dstOffset, 0)
}

// namedZone reads a zone's name or abbreviation: first among the names of the format's own zone, then
// UTC's, then all, of which the first wins (IST is India's, unless the format's zone is Dublin).
func (p *parser) namedZone(at int) (int, bool) {
	index := zoneList()
	if own, ok := index.zone[p.format.zone.String()]; ok {
		if i := own.row.match(p.text, at); i >= 0 {
			return p.useZone(at, i, own, p.format.zone)
		}
	}
	utc := index.zone["UTC"]
	if i := utc.row.match(p.text, at); i >= 0 {
		return p.useZone(at, i, utc, time.UTC)
	}
	for _, row := range index.rows {
		if i := row.match(p.text, at); i >= 0 {
			zone, err := row.load()
			if err != nil {
				continue // a zone that Go's database does not have
			}
			return p.useZone(at, i, index.zone[row.first], zone)
		}
	}
	return at, false
}

// useZone takes over a named zone. The name also says whether daylight saving is on, except where both
// clocks have the same name, or a daylight name is used for a zone without daylight saving.
func (p *parser) useZone(at, i int, named namesOf, zone *time.Location) (int, bool) {
	p.zone = zone
	names := named.row.names
	saving := int32(0)
	same := i < 2 && equalFold(names[i], names[i+2])
	if i >= 2 {
		saving = named.saving
	}
	if !same && !(i >= 2 && saving == 0) {
		p.fields.clear(zoneOffset)
		p.fields.set(dstOffset, saving)
	}
	return at + len(names[i]), true
}

func equalFold(a, b string) bool { return len(a) == len(b) && hasPrefixFold(a, b) }
