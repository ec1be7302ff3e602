package sdk

import (
	"encoding/binary"
	"fmt"
)

// maxDepth bounds the nesting that the scanner follows, so that a hostile body cannot exhaust the stack.
const maxDepth = 1000

// scanner walks JSON text (RFC 8259) without building values. It accepts exactly what encoding/json does, up to maxDepth.
type scanner struct {
	text []byte
	at   int
}

func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

// peek skips white space and gives the next byte, 0 at the end.
func (s *scanner) peek() byte {
	s.space()
	if s.at == len(s.text) {
		return 0
	}
	return s.text[s.at]
}

// take consumes c, or fails naming what was wanted.
func (s *scanner) take(c byte, want string) error {
	if s.peek() != c || s.at == len(s.text) {
		return s.fail(want)
	}
	s.at++
	return nil
}

func (s *scanner) fail(want string) error {
	if s.at >= len(s.text) {
		return fmt.Errorf("JSON ends at byte %d, want %s", len(s.text), want)
	}
	return fmt.Errorf("JSON at byte %d: found %q, want %s", s.at, s.text[s.at], want)
}

// value skips one value and says how many elements it has if it is an array, else -1.
func (s *scanner) value(depth int) (elements int, err error) {
	if depth > maxDepth {
		return -1, fmt.Errorf("JSON at byte %d: nested deeper than %d", s.at, maxDepth)
	}
	switch c := s.peek(); {
	case c == '[':
		return s.array(depth)
	case c == '{':
		return -1, s.object(func([]byte) error {
			_, err := s.value(depth + 1)
			return err
		})
	case c == '"':
		return -1, s.str()
	case c == 't':
		return -1, s.literal("true")
	case c == 'f':
		return -1, s.literal("false")
	case c == 'n':
		return -1, s.literal("null")
	case c == '-' || isDigit(c):
		return -1, s.number()
	}
	return -1, s.fail("a value")
}

func (s *scanner) array(depth int) (elements int, err error) {
	err = s.elements(func() error {
		elements++
		_, err := s.value(depth + 1)
		return err
	})
	if err != nil {
		return -1, err
	}
	return elements, nil
}

// elements skips an array; element is called in front of each value and must skip it.
func (s *scanner) elements(element func() error) error {
	s.at++ // [
	if s.peek() == ']' {
		s.at++
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		if s.peek() != ',' {
			return s.take(']', "',' or ']'")
		}
		s.at++
	}
}

// object skips an object; member is called in front of each value with its quoted name and must skip the value.
func (s *scanner) object(member func(name []byte) error) error {
	s.at++ // {
	if s.peek() == '}' {
		s.at++
		return nil
	}
	for {
		if s.peek() != '"' {
			return s.fail("a member name")
		}
		start := s.at
		if err := s.str(); err != nil {
			return err
		}
		name := s.text[start:s.at]
		if err := s.take(':', "':'"); err != nil {
			return err
		}
		if err := member(name); err != nil {
			return err
		}
		if s.peek() != ',' {
			return s.take('}', "',' or '}'")
		}
		s.at++
	}
}

func (s *scanner) str() error {
	s.at++ // opening quote
	for s.plain(); s.at < len(s.text); {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return nil
		case c == '\\':
			if err := s.escape(); err != nil {
				return err
			}
			s.plain()
		case c < ' ':
			return s.fail("no control character in a string")
		default:
			s.at++
		}
	}
	return s.fail("the end of a string")
}

// plain skips characters of a string that mean nothing else, eight at a time: in the sandbox each turn of a loop counts.
func (s *scanner) plain() {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for ; s.at+8 <= len(s.text); s.at += 8 {
		word := binary.LittleEndian.Uint64(s.text[s.at:])
		quote, backslash := word^'"'*ones, word^'\\'*ones
		// Borrows may mark a byte above one that is meant, too; then the others look at it.
		if ((quote-ones)&^quote|(backslash-ones)&^backslash|(word-' '*ones)&^word)&high != 0 {
			return
		}
	}
}

func (s *scanner) escape() error {
	s.at++ // backslash
	if s.at == len(s.text) {
		return s.fail("an escape")
	}
	switch s.text[s.at] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.at++
		return nil
	case 'u':
		s.at++
		for range 4 {
			if s.at == len(s.text) || !isHex(s.text[s.at]) {
				return s.fail("four hexadecimal digits")
			}
			s.at++
		}
		return nil
	}
	return s.fail("an escape")
}

func (s *scanner) literal(word string) error {
	for i := range len(word) {
		if s.at == len(s.text) || s.text[s.at] != word[i] {
			return s.fail(word)
		}
		s.at++
	}
	return nil
}

func (s *scanner) number() error {
	if s.text[s.at] == '-' {
		s.at++
	}
	if s.at < len(s.text) && s.text[s.at] == '0' {
		s.at++
	} else if err := s.digits(); err != nil {
		return err
	}
	if s.at < len(s.text) && s.text[s.at] == '.' {
		s.at++
		if err := s.digits(); err != nil {
			return err
		}
	}
	if s.at < len(s.text) && (s.text[s.at] == 'e' || s.text[s.at] == 'E') {
		s.at++
		if s.at < len(s.text) && (s.text[s.at] == '+' || s.text[s.at] == '-') {
			s.at++
		}
		return s.digits()
	}
	return nil
}

func (s *scanner) digits() error {
	start := s.at
	for s.at < len(s.text) && isDigit(s.text[s.at]) {
		s.at++
	}
	if s.at == start {
		return s.fail("a digit")
	}
	return nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
