package javadate

import "fmt"

// PatternError says what is wrong with a pattern.
type PatternError struct {
	Pattern string
	Index   int // byte offset in Pattern, from 0
	Reason  string
}

func (e *PatternError) Error() string {
	return fmt.Sprintf("date format %s, index %d: %s", excerpt(e.Pattern), e.Index, e.Reason)
}

// ParseError says where a text stops to fit its pattern.
type ParseError struct {
	Pattern string
	Text    string
	Index   int // byte offset in Text, from 0
	Reason  string
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("date %s does not fit the format %s: index %d: %s", excerpt(e.Text), excerpt(e.Pattern), e.Index, e.Reason)
}

// excerpt quotes a text from outside, shortened, so that an error stays a line.
func excerpt(s string) string {
	const most = 80
	if len(s) > most {
		return fmt.Sprintf("%q...", s[:most])
	}
	return fmt.Sprintf("%q", s)
}
