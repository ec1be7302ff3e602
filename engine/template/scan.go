package template

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// scanner splits a URL into its parts.
type scanner struct {
	text     string // the URL after repairs
	skipped  int    // characters cut off at its beginning
	at       int
	parts    []part
	warnings []string
}

// newScanner makes the repairs that need no understanding of the URL.
func newScanner(url string) *scanner {
	trimmed := strings.TrimLeft(url, " \t\r\n")
	s := &scanner{skipped: len(url) - len(trimmed)}
	s.text = strings.TrimRight(trimmed, " \t\r\n")
	if s.text != url {
		s.warn(0, "blanks round the URL were dropped")
	}
	if strings.Contains(s.text, `'\''`) {
		s.warn(strings.Index(s.text, `'\''`), `each '\'' (a quote as a shell command writes it) was read as '`)
		s.text = strings.ReplaceAll(s.text, `'\''`, "'")
	}
	return s
}

var variable = regexp.MustCompile(`^\{([A-Za-z_][A-Za-z0-9_.-]*)\}`)

func (s *scanner) scan() error {
	for s.at < len(s.text) {
		rest := s.text[s.at:]
		var err error
		switch {
		case strings.HasPrefix(rest, "${"):
			err = s.placeholder()
		case strings.HasPrefix(rest, "$yy"):
			err = s.unbraced(rest)
		case rest[0] == '{':
			err = s.variable(rest)
		case rest[0] == '}':
			err = s.stray(rest)
		default:
			s.plain(rest)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// plain takes the text up to the next character of meaning.
func (s *scanner) plain(rest string) {
	n := strings.IndexAny(rest[1:], "${}") + 1
	if n == 0 {
		n = len(rest)
	}
	s.parts = append(s.parts, part{text: rest[:n]})
	s.at += n
}

func (s *scanner) variable(rest string) error {
	if strings.HasPrefix(rest, "{{") {
		return s.fault(s.at, "{{...}} belongs to the page from which the URL was copied and was never filled in; replace it")
	}
	m := variable.FindStringSubmatch(rest)
	if m == nil {
		return s.fault(s.at, "{ opens no variable such as {listId}; a placeholder begins with ${")
	}
	s.parts = append(s.parts, part{variable: m[1]})
	s.at += len(m[0])
	return nil
}

// stray drops a closing brace that ends the URL, alone or with a quote, as in the published
// /hubs/general/contacts}'.
func (s *scanner) stray(rest string) error {
	if rest != "}" && rest != "}'" {
		return s.fault(s.at, "} closes nothing")
	}
	s.warn(s.at, "a stray "+rest+" at the end was dropped")
	s.at = len(s.text)
	return nil
}

func (s *scanner) placeholder() error {
	start := s.at
	depth := 0
	for i := start + 1; i < len(s.text); i++ {
		switch s.text[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth > 0 {
				continue
			}
			p, err := s.read(start, s.text[start+2:i])
			if err != nil {
				return err
			}
			s.parts = append(s.parts, part{time: p})
			s.at = i + 1
			return nil
		}
	}
	return s.fault(start, "${ is not closed by }")
}

// unbraced reads a published misprint: $yyyy-MM-dd'T'HH:mm:ss'Z'}, a date format whose opening brace is missing.
func (s *scanner) unbraced(rest string) error {
	end := strings.IndexByte(rest, '}')
	if end < 0 {
		return s.fault(s.at, "a date format follows $ without braces; write ${gmtDate:%s...}", rest[1:min(5, len(rest))])
	}
	p, err := s.bare(s.at, rest[1:end])
	if err != nil {
		return err
	}
	s.parts = append(s.parts, part{time: p})
	s.at += end + 1
	return nil
}

// bare reads a date format without a descriptor, as GMT.
func (s *scanner) bare(start int, pattern string) (*placeholder, error) {
	s.warn(start, "the date format has no descriptor and is read as ${gmtDate:"+pattern+"}")
	return s.compile(&placeholder{name: pattern}, start, time.UTC, pattern)
}

// checkQuotes looks at the quotes outside of placeholders, which should be even in number: it drops a
// stray one at the end of the URL, and warns of any other.
func (s *scanner) checkQuotes() {
	last, quotes := len(s.parts)-1, 0
	for _, p := range s.parts {
		quotes += strings.Count(p.text, "'")
	}
	if quotes%2 == 0 {
		return
	}
	end := &s.parts[last]
	if text, ok := strings.CutSuffix(end.text, "'"); ok {
		end.text = text
		s.warn(len(s.text)-1, "a stray quote at the end was dropped")
		return
	}
	s.warn(len(s.text)-1, "a quote in the URL is not closed")
}

func (s *scanner) fault(at int, format string, args ...any) error {
	return &Fault{Column: s.column(at), Message: fmt.Sprintf(format, args...)}
}

func (s *scanner) warn(at int, message string) {
	s.warnings = append(s.warnings, fmt.Sprintf("column %d: %s", s.column(at), message))
}

// column counts from 1 in characters. Behind a shell quote that was repaired it is a little small.
func (s *scanner) column(at int) int {
	return s.skipped + utf8.RuneCountInString(s.text[:at]) + 1
}
