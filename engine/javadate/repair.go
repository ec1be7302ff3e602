package javadate

import (
	"fmt"
	"strings"
	"time"
)

// repair mends the faults of published patterns whose meaning is beyond doubt, and says so.
func repair(pattern string) (string, []string) {
	var warnings []string
	if strings.Contains(pattern, `'\''`) {
		// A pattern copied out of a shell command, where '\'' is a quote.
		pattern = strings.ReplaceAll(pattern, `'\''`, "'")
		warnings = append(warnings, `each '\'' (a quote as a shell command writes it) was read as '`)
	}
	if body, ok := strings.CutSuffix(pattern, "'"); ok && strays(body) {
		pattern = body
		warnings = append(warnings, "a stray quote at the end was dropped")
	}
	return pattern, warnings
}

// strays tells whether the quote behind body is one too many: with it the text is no format, without it
// a useful one.
func strays(body string) bool {
	if epochUnit(body) > 0 {
		return true
	}
	if _, err := scan(body + "'"); err == nil {
		return false
	}
	elements, err := scan(body)
	return err == nil && has(elements, letters)
}

// advise looks for patterns that are valid but rarely meant.
func advise(elements []element, zone *time.Location) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if !has(elements, letters) {
		say("the format has no date field, only plain text: every date would be 1970-01-01")
		return out
	}
	if has(elements, "Y") && !has(elements, "wu") {
		say("Y is the year that the week belongs to, which differs around New Year; the calendar year is y")
	}
	if has(elements, "D") && has(elements, "ML") {
		say("D is the day of the year; the day of the month is d")
	}
	if has(elements, "m") && !has(elements, "HkKh") {
		say("m is the minute and no hour is given; the month is M")
	}
	if has(elements, "hK") && !has(elements, "aHk") {
		say("h and K count to twelve and no a tells morning from afternoon; the hour of the day is H")
	}
	for _, e := range elements {
		if e.letter == 'S' && e.count > 3 {
			say("S counts milliseconds: six digits such as .123456 are read as 123456 ms, that is 123 s, as Java does")
		}
		if e.letter == 0 && strings.HasSuffix(e.literal, "Z") && !isUTC(zone) {
			say("the quoted Z is plain text; times are read in the zone %s", zone)
		}
	}
	return out
}

// has tells whether any of the letters occurs as a field.
func has(elements []element, any string) bool {
	for _, e := range elements {
		if e.letter != 0 && strings.IndexByte(any, e.letter) >= 0 {
			return true
		}
	}
	return false
}
