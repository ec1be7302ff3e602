package javadate

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// element is one piece of a pattern: a run of one letter, or plain text.
type element struct {
	letter  byte   // 0 for plain text
	count   int    // length of the run
	literal string // the plain text
	abut    bool   // a number follows at once: this one takes exactly count characters
}

// numeric tells whether the element's text is always a number.
func (e *element) numeric() bool {
	switch e.letter {
	case 0, 'G', 'E', 'a', 'z', 'Z', 'X':
		return false
	case 'M', 'L':
		return e.count < 3
	}
	return true
}

// letters are those that SimpleDateFormat knows.
const letters = "GyYMLwWDdFEuaHkKhmsSzZX"

// maxElements is far above any real pattern, and keeps the counters of fields small.
const maxElements = 100

// scan splits a pattern into its elements. Two quotes stand for one, inside and outside of quoted text.
func scan(pattern string) ([]element, *PatternError) {
	var s scanner
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		switch {
		case c == '\'' && strings.HasPrefix(pattern[i+1:], "'"):
			s.text('\'')
			i++
		case c == '\'':
			s.quoted, s.open = !s.quoted, i
		case s.quoted || !isLetter(c):
			s.text(c)
		default:
			if strings.IndexByte(letters, c) < 0 {
				return nil, unknownLetter(pattern, i)
			}
			s.field(c)
		}
	}
	if len(s.elements) > maxElements {
		return nil, &PatternError{Index: len(pattern), Reason: fmt.Sprintf("more than %d pieces", maxElements)}
	}
	if s.quoted {
		return nil, &PatternError{Index: s.open, Reason: "the quote that opens here is not closed; a quote as text is written ''"}
	}
	return s.finish(pattern)
}

// scanner gathers elements; neighbouring characters of one kind go into one element.
type scanner struct {
	elements []element
	quoted   bool
	open     int // where the last quote was
}

func (s *scanner) text(c byte) {
	if n := len(s.elements); n > 0 && s.elements[n-1].letter == 0 {
		s.elements[n-1].literal += string([]byte{c})
		return
	}
	s.elements = append(s.elements, element{literal: string([]byte{c})})
}

func (s *scanner) field(c byte) {
	if n := len(s.elements); n > 0 && s.elements[n-1].letter == c {
		s.elements[n-1].count++
		return
	}
	s.elements = append(s.elements, element{letter: c, count: 1})
}

func (s *scanner) finish(pattern string) ([]element, *PatternError) {
	for i := range s.elements {
		e := &s.elements[i]
		if e.letter == 'X' && e.count > 3 {
			return nil, &PatternError{Index: strings.Index(pattern, "XXXX"), Reason: "X may stand once (+01), twice (+0100) or three times (+01:00)"}
		}
		e.abut = i+1 < len(s.elements) && s.elements[i+1].numeric()
	}
	return s.elements, nil
}

func unknownLetter(pattern string, at int) *PatternError {
	stop := at
	for stop < len(pattern) && isLetter(pattern[stop]) && strings.IndexByte(letters, pattern[stop]) < 0 {
		stop++
	}
	word := pattern[at:stop]
	reason := fmt.Sprintf("the letter %c is no date field; the fields are %s, and plain text stands in quotes: '%s'", pattern[at], letters, word)
	lower := strings.ToLower(pattern)
	switch {
	case strings.Contains(lower, "unix time"), strings.Contains(lower, "epoch"), strings.Contains(lower, "timestamp"):
		reason += "; for counts from 1970 write milliseconds, seconds or microseconds"
	case strings.Contains(lower, "iso"), strings.Contains(lower, "rfc"):
		reason += "; ISO 8601 with a zone is yyyy-MM-dd'T'HH:mm:ssXXX"
	}
	return &PatternError{Index: at, Reason: reason}
}

func isLetter(c byte) bool {
	return c < utf8.RuneSelf && (c|0x20) >= 'a' && (c|0x20) <= 'z'
}
