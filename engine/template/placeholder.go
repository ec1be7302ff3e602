package template

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine/javadate"
)

// placeholder writes a time.
type placeholder struct {
	name         string // the text between the braces, for errors
	format       *javadate.Format
	now          bool   // filled with Now instead of Since
	zoneVariable string // the variable that holds the zone, if it is one
}

// isoFormat is what ${date} alone is filled with.
const isoFormat = "yyyy-MM-dd'T'HH:mm:ssXXX"

// read understands what stands between ${ and }. start is where the placeholder begins.
func (s *scanner) read(start int, body string) (*placeholder, error) {
	descriptor, rest, hasRest := strings.Cut(body, ":")
	p := &placeholder{name: body}
	at := start // where the rest begins, for errors
	if hasRest {
		at += len("${") + len(descriptor) + len(":")
	}
	switch strings.ToLower(descriptor) {
	case "gmtdate":
		return s.compile(p, at, time.UTC, rest)
	case "date":
		if !hasRest {
			rest = isoFormat
		}
		return s.compile(p, at, time.UTC, rest)
	case "datetimezone", "nowtimezone":
		p.now = strings.EqualFold(descriptor, "nowTimeZone")
		zone, format, ok := cutZone(rest)
		if !ok {
			return nil, s.fault(start, "${%s} needs a zone and a format: ${%s:America/Denver:%s}", body, descriptor, isoFormat)
		}
		location, err := s.zone(p, at, zone)
		if err != nil {
			return nil, err
		}
		return s.compile(p, at+len(rest)-len(format), location, format)
	case "epoch":
		return s.epoch(p, at, rest, hasRest)
	case "milliseconds":
		if !hasRest {
			return s.compile(p, at, time.UTC, "milliseconds")
		}
	}
	if strings.HasPrefix(body, "yy") {
		return s.bare(start, body)
	}
	return nil, s.unknown(start, body)
}

// epoch understands ${epoch:unit}.
func (s *scanner) epoch(p *placeholder, at int, unit string, given bool) (*placeholder, error) {
	if !given {
		unit = "ms"
	}
	switch unit {
	case "ms":
		return s.compile(p, at, time.UTC, "milliseconds")
	case "s":
		return s.compile(p, at, time.UTC, "seconds")
	case "us":
		return s.compile(p, at, time.UTC, "microseconds")
	case "0":
		s.warn(at, "the platform does not document ${epoch:0}; it is filled with milliseconds, as ${epoch}")
		return s.compile(p, at, time.UTC, "milliseconds")
	}
	return nil, s.fault(at, "${%s}: the unit may be ms, s or us", p.name)
}

// zone finds the zone that stands at a place of the URL. For a variable it is UTC until the URL is filled.
func (s *scanner) zone(p *placeholder, at int, name string) (*time.Location, error) {
	if m := variable.FindStringSubmatch(name); m != nil {
		p.zoneVariable = m[1]
		return time.UTC, nil
	}
	zone, err := javadate.Zone(name)
	if err != nil {
		return nil, s.fault(at, "${%s}: %v", p.name, err)
	}
	return zone, nil
}

// compile prepares the format that stands at a place of the URL.
func (s *scanner) compile(p *placeholder, at int, zone *time.Location, pattern string) (*placeholder, error) {
	format, err := javadate.Compile(pattern, zone)
	if fault := (*javadate.PatternError)(nil); errors.As(err, &fault) {
		return nil, s.fault(at+fault.Index, "${%s}: %s%s", p.name, fault.Reason, epochHint(pattern))
	}
	if format.Unit() == 0 {
		return nil, s.fault(at, "${%s}: the format has no date field; an ISO date is %s", p.name, isoFormat)
	}
	for _, w := range format.Warnings() {
		s.warn(at, w)
	}
	p.format = format
	return p, nil
}

// epochHint helps whoever described a number where its format belongs, as a published page does.
func epochHint(pattern string) string {
	lower := strings.ToLower(pattern)
	if strings.Contains(lower, "unix") || strings.Contains(lower, "epoch") || strings.Contains(lower, "timestamp") {
		return "; in a URL that is ${epoch:s} for seconds and ${epoch} for milliseconds"
	}
	return ""
}

// offsetZone matches a zone that contains a colon itself.
var offsetZone = regexp.MustCompile(`^(?:GMT|UTC|UT)?[+-]\d{1,2}:\d{2}:`)

// cutZone splits "<zone>:<format>".
func cutZone(s string) (zone, format string, ok bool) {
	if m := offsetZone.FindString(s); m != "" {
		zone, format = m[:len(m)-1], s[len(m):]
	} else {
		zone, format, _ = strings.Cut(s, ":")
	}
	return zone, format, zone != "" && format != ""
}

var (
	digits   = regexp.MustCompile(`^\d+$`)
	datelike = regexp.MustCompile(`yy|MM|dd|HH`)
)

// unknown explains a placeholder that is none.
func (s *scanner) unknown(start int, body string) error {
	switch {
	case digits.MatchString(body):
		return s.fault(start, "${%s} is a fixed number, where the time of the last poll belongs: ${epoch:s} gives seconds since 1970, ${epoch} milliseconds", body)
	case datelike.MatchString(body):
		return s.fault(start, "${%s} is a date format without a descriptor; write ${gmtDate:%s}", body, body)
	}
	return s.fault(start, "${%s} is unknown; known are gmtDate:<format>, date, date:<format>, dateTimeZone:<zone>:<format>, "+
		"nowTimeZone:<zone>:<format>, epoch, epoch:s, epoch:us and milliseconds", body)
}

// fill writes the time. Formatting cuts off, and never rounds up.
func (p *placeholder) fill(values Values) (string, error) {
	t, what := values.Since, "Since"
	if p.now {
		t, what = values.Now, "Now"
	}
	if t.IsZero() {
		return "", fmt.Errorf("poll URL: ${%s} needs a time, and %s is not set", p.name, what)
	}
	if p.zoneVariable == "" {
		return p.format.Format(t), nil
	}
	name := values.Vars[p.zoneVariable]
	if name == "" {
		return "", &MissingError{Name: p.zoneVariable}
	}
	zone, err := javadate.Zone(name)
	if err != nil {
		return "", fmt.Errorf("poll URL: {%s}: %w", p.zoneVariable, err)
	}
	return p.format.In(zone).Format(t), nil
}
