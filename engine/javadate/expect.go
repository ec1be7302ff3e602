package javadate

import (
	"fmt"
	"strings"
)

func (f *Format) fault(text string, at int, reason string) error {
	return &ParseError{Pattern: f.pattern, Text: text, Index: at, Reason: reason}
}

// expected says what an element wants to read.
func expected(e *element) string {
	if e.letter == 0 {
		return fmt.Sprintf("expected the text %q", e.literal)
	}
	run := strings.Repeat(string(e.letter), e.count)
	what := "a number"
	switch e.letter {
	case 'G':
		what = "AD or BC"
	case 'M', 'L':
		if what = "the month's number"; e.count > 2 {
			what = "an English month name"
		}
	case 'E':
		what = "an English day name"
	case 'a':
		what = "AM or PM"
	case 'z', 'Z':
		what = "a zone such as +0100, GMT or EST"
	case 'X':
		what = "Z or an offset such as " + [...]string{"+01", "+0100", "+01:00"}[min(e.count, 3)-1]
	}
	return "expected " + what + " for " + run
}
