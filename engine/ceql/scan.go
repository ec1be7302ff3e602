package ceql

import (
	"fmt"
	"strings"
)

// scanner walks over the text of a clause. It is the only code that looks at characters.
type scanner struct {
	text     string
	at       int // byte offset of the next character
	warnings []string
}

func (s *scanner) fault(at int, format string, args ...any) error {
	return &SyntaxError{Column: column(s.text, at), Message: fmt.Sprintf(format, args...)}
}

func (s *scanner) blanks() {
	for s.at < len(s.text) && isBlank(s.text[s.at]) {
		s.at++
	}
}

// end tells whether nothing but blanks is left.
func (s *scanner) end() bool {
	s.blanks()
	return s.at == len(s.text)
}

// take consumes the character c if it is next.
func (s *scanner) take(c byte) bool {
	s.blanks()
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

// keyword consumes the word if it is next, in any case and as a whole word.
func (s *scanner) keyword(word string) bool {
	s.blanks()
	stop := s.at + len(word)
	if stop > len(s.text) || !strings.EqualFold(s.text[s.at:stop], word) {
		return false
	}
	if stop < len(s.text) && isNamePart(s.text[stop]) {
		return false
	}
	s.at = stop
	return true
}

// operator consumes a comparison sign or LIKE.
func (s *scanner) operator() (string, error) {
	if s.keyword("LIKE") {
		return "LIKE", nil
	}
	start := s.at
	for s.at < len(s.text) && strings.IndexByte("=!<>", s.text[s.at]) >= 0 {
		s.at++
	}
	switch op := s.text[start:s.at]; op {
	case "=", "!=", "<", ">", "<=", ">=":
		return op, nil
	case "<>":
		return "", s.fault(start, "<> is not an operator; write !=")
	case "==":
		return "", s.fault(start, "== is not an operator; write =")
	case "":
		return "", s.fault(start, "found %s where an operator was expected: = != < > <= >= LIKE IN IS", s.next())
	default:
		return "", s.fault(start, "%s is not an operator; use one of = != < > <= >=", op)
	}
}

// name consumes a field name, bare or quoted.
func (s *scanner) name() (string, error) {
	s.blanks()
	start := s.at
	if s.at < len(s.text) && strings.IndexByte("'\"`", s.text[s.at]) >= 0 {
		name, closed := s.quoted()
		switch {
		case !closed:
			return "", s.fault(start, "the quote that opens here is not closed")
		case name == "":
			return "", s.fault(start, "the field name is empty")
		}
		return name, nil
	}
	for s.at < len(s.text) && isNamePart(s.text[s.at]) {
		s.at++
	}
	if s.at == start {
		return "", s.fault(start, "found %s where a field name was expected", s.next())
	}
	name := s.text[start:s.at]
	if isKeyword(name) {
		return "", s.fault(start, "found %s where a field name was expected; put a field of that name in backquotes", name)
	}
	return name, nil
}

// literal consumes a value, bare or quoted.
func (s *scanner) literal() (Literal, error) {
	s.blanks()
	start := s.at
	if s.at < len(s.text) && (s.text[s.at] == '\'' || s.text[s.at] == '"') {
		value, closed := s.quoted()
		if closed {
			return Literal{Value: value, Quoted: true}, nil
		}
		return s.repair(start)
	}
	for s.at < len(s.text) && isBare(s.text[s.at]) {
		s.at++
	}
	if s.at == start {
		return Literal{}, s.fault(start, "found %s where a value was expected", s.next())
	}
	return Literal{Value: s.text[start:s.at]}, nil
}

// quoted consumes text from one quote to its partner; a doubled quote inside stands for one. A doubled
// quote that ends the whole clause closes the text and leaves a stray quote behind. Without a partner
// the scanner does not move.
func (s *scanner) quoted() (string, bool) {
	quote := s.text[s.at]
	var value strings.Builder
	for i := s.at + 1; i < len(s.text); i++ {
		c := s.text[i]
		switch {
		case c != quote:
			value.WriteByte(c)
		case i+1 < len(s.text) && s.text[i+1] == quote && strings.TrimRight(s.text[i+2:], blanks) != "":
			value.WriteByte(c)
			i++
		default:
			s.at = i + 1
			return value.String(), true
		}
	}
	return "", false
}

// repair reads a value whose quote is never closed as reaching to the end of the clause, but only when
// nothing in it looks like a further condition.
func (s *scanner) repair(start int) (Literal, error) {
	value := strings.TrimRight(s.text[start+1:], blanks)
	upper := strings.ToUpper(value)
	if value == "" || strings.ContainsAny(value, "=<>'\"()") || strings.Contains(upper, " AND ") || strings.Contains(upper, " OR ") {
		return Literal{}, s.fault(start, "the quote that opens here is not closed")
	}
	s.at = len(s.text)
	s.warn(start, "the quote that opens here is not closed; the value was taken to the end")
	return Literal{Value: value, Quoted: true}, nil
}

// stray consumes a single quote that is all that is left of the clause.
func (s *scanner) stray() {
	s.blanks()
	if rest := strings.TrimRight(s.text[s.at:], blanks); rest == "'" || rest == "\"" {
		s.warn(s.at, "a stray quote at the end was dropped")
		s.at = len(s.text)
	}
}

func (s *scanner) warn(at int, message string) {
	s.warnings = append(s.warnings, fmt.Sprintf("where clause, column %d: %s", column(s.text, at), message))
}

// next describes what comes next, for a message.
func (s *scanner) next() string {
	s.blanks()
	if s.at == len(s.text) {
		return "the end"
	}
	for _, r := range s.text[s.at:] {
		return fmt.Sprintf("%q", r)
	}
	return "the end"
}
