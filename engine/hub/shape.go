package hub

import (
	"encoding/json"
	"strings"
)

// shaper copies the wanted parts of a record, which is valid JSON. Each byte is looked at once, however deep the record is.
type shaper struct {
	in    []byte
	at    int
	out   []byte
	nulls bool
}

// shape gives a record with the wanted fields only, and without those that are null if they are not wanted. The bytes of what is kept are the
// record's own.
func (f Fields) shape(record json.RawMessage, nulls bool) json.RawMessage {
	s := shaper{in: record, nulls: nulls}
	if f.root == nil && nulls || s.next() != '{' {
		return record
	}
	s.out = make([]byte, 0, len(record))
	s.value(f.root)
	return s.out
}

// value copies the value that comes next; want is nil for all of it.
func (s *shaper) value(want *branch) {
	if want != nil && want.whole {
		want = nil
	}
	switch c := s.next(); {
	case c != '{' && c != '[', want == nil && s.nulls:
		s.out = append(s.out, s.skip()...)
	case c == '{':
		s.object(want)
	default:
		s.array(want)
	}
}

func (s *shaper) object(want *branch) {
	s.at++
	s.out = append(s.out, '{')
	for first := true; s.next() != '}'; {
		if s.in[s.at] == ',' {
			s.at++
			s.next()
		}
		key := s.skip()
		s.next()
		s.at++ // the colon
		inner, keep := s.within(want, key)
		if !keep {
			s.skip()
			continue
		}
		if !first {
			s.out = append(s.out, ',')
		}
		first = false
		s.out = append(append(s.out, key...), ':')
		s.value(inner)
	}
	s.at++
	s.out = append(s.out, '}')
}

// within tells whether the member whose value comes next is wanted, and what of it.
func (s *shaper) within(want *branch, key []byte) (*branch, bool) {
	c := s.next()
	if c == 'n' && !s.nulls {
		return nil, false
	}
	if want == nil {
		return nil, true
	}
	kid, ok := want.kids[plain(key)]
	return kid, ok && (kid.whole || c == '{' || c == '[')
}

func (s *shaper) array(want *branch) {
	s.at++
	s.out = append(s.out, '[')
	for first := true; s.next() != ']'; {
		if s.in[s.at] == ',' {
			s.at++
		}
		if c := s.next(); want != nil && c != '{' && c != '[' { // a field of what has none
			s.skip()
			continue
		}
		if !first {
			s.out = append(s.out, ',')
		}
		first = false
		s.value(want)
	}
	s.at++
	s.out = append(s.out, ']')
}

// next goes over blanks and returns the byte behind them.
func (s *shaper) next() byte {
	for s.at < len(s.in) && strings.IndexByte(" \t\r\n", s.in[s.at]) >= 0 {
		s.at++
	}
	if s.at == len(s.in) {
		return 0
	}
	return s.in[s.at]
}

// skip goes over the value that comes next and returns its bytes.
func (s *shaper) skip() []byte {
	s.next()
	start, depth := s.at, 0
	for s.at < len(s.in) {
		switch s.in[s.at] {
		case '"':
			s.text()
		case '{', '[':
			depth++
			s.at++
		case '}', ']':
			depth--
			s.at++
		default:
			s.at++
		}
		if depth == 0 && s.ended(start) {
			break
		}
	}
	return s.in[start:s.at]
}

// ended reports whether a value that began at start, and has no open bracket, ends here.
func (s *shaper) ended(start int) bool {
	if c := s.in[start]; c == '"' || c == '{' || c == '[' || s.at == len(s.in) {
		return true
	}
	return strings.IndexByte(" \t\r\n,]}", s.in[s.at]) >= 0
}

// text goes over a string.
func (s *shaper) text() {
	for s.at++; s.at < len(s.in) && s.in[s.at] != '"'; s.at++ {
		if s.in[s.at] == '\\' {
			s.at++
		}
	}
	s.at++
}

// plain is a member's name without quotes and escapes.
func plain(key []byte) string {
	if !strings.Contains(string(key), `\`) {
		return string(key[1 : len(key)-1])
	}
	var name string
	if json.Unmarshal(key, &name) != nil {
		return ""
	}
	return name
}
