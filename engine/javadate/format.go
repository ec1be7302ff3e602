package javadate

import (
	"slices"
	"time"
)

// Format is a compiled pattern with its zone. The zero value is not usable; see [Compile].
type Format struct {
	pattern  string
	elements []element
	epoch    time.Duration // what one count means, for the epoch names; 0 for patterns
	warnings []string

	zone   *time.Location // meaning of texts that carry no zone
	strict bool

	century     int64 // two-digit years lie in the 100 years from here; milliseconds since 1970
	centuryYear int32 // its year in zone
}

// Compile prepares a SimpleDateFormat pattern, or one of the names milliseconds, seconds,
// microseconds. zone is used for texts that carry none, and for output; nil means UTC. The format is
// lenient, as Java's is by default: the 32nd of January is the first of February ([Format.Strict]
// refuses such texts). Two-digit years are those of 1970 to 2069 ([Format.WithCenturyStart] moves
// that); Java's default moves with the clock, which would let one text mean two dates.
//
// The error is a [*PatternError].
func Compile(pattern string, zone *time.Location) (*Format, error) {
	if zone == nil {
		zone = time.UTC
	}
	f := &Format{pattern: pattern, zone: zone}
	text, warnings := repair(pattern)
	f.warnings = warnings
	if f.epoch = epochUnit(text); f.epoch == 0 {
		elements, err := scan(text)
		if err != nil {
			err.Pattern = pattern
			return nil, err
		}
		f.elements = elements
		f.warnings = append(f.warnings, advise(elements, zone)...)
	}
	return f.WithCenturyStart(time.Unix(0, 0)), nil
}

// Strict gives a copy of f that refuses fields out of range, fields that contradict each other, and
// local times that a clock change skips (Java: setLenient(false)).
func (f *Format) Strict() *Format {
	c := *f
	c.strict = true
	return &c
}

// In gives a copy of f for another zone; nil means UTC.
func (f *Format) In(zone *time.Location) *Format {
	c := *f
	if c.zone = zone; zone == nil {
		c.zone = time.UTC
	}
	return c.WithCenturyStart(time.UnixMilli(c.century))
}

// WithCenturyStart gives a copy of f that puts two-digit years into the hundred years from start.
func (f *Format) WithCenturyStart(start time.Time) *Format {
	c := *f
	c.century = start.UnixMilli()
	_, offset := start.In(f.zone).Zone()
	c.centuryYear = explode(c.century + int64(offset)*1000).value[year]
	return &c
}

// Warnings tells what was tolerated in the pattern and what in it probably is not what its author
// meant, one sentence each.
func (f *Format) Warnings() []string { return slices.Clone(f.warnings) }

// String is the pattern as it was given.
func (f *Format) String() string { return f.pattern }

// HasZone tells whether a text of this format says by itself which instant it means: it carries a zone
// (z, Z, X), or it is a count from 1970. A quoted 'Z' is plain text and carries none.
func (f *Format) HasZone() bool {
	return f.epoch > 0 || slices.ContainsFunc(f.elements, func(e element) bool {
		return e.letter == 'z' || e.letter == 'Z' || e.letter == 'X'
	})
}

// Unit is the finest step that the format can express: a microsecond or millisecond, a second, a
// minute, an hour, 12 hours (a alone), 24 hours, a week, 31 days, 366 days; 0 if the pattern has no
// date field at all. S counts milliseconds, however many of it there are.
func (f *Format) Unit() time.Duration {
	if f.epoch > 0 {
		return f.epoch
	}
	unit := time.Duration(0)
	for _, e := range f.elements {
		if u := letterUnit(e.letter); u > 0 && (unit == 0 || u < unit) {
			unit = u
		}
	}
	return unit
}

func letterUnit(letter byte) time.Duration {
	const day = 24 * time.Hour
	switch letter {
	case 'S':
		return time.Millisecond
	case 's':
		return time.Second
	case 'm':
		return time.Minute
	case 'H', 'k', 'K', 'h':
		return time.Hour
	case 'a':
		return 12 * time.Hour
	case 'd', 'D', 'E', 'u', 'F':
		return day
	case 'w', 'W':
		return 7 * day
	case 'M', 'L':
		return 31 * day
	case 'y', 'Y', 'G':
		return 366 * day
	}
	return 0
}
