package demo

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"
)

// clock is how a time of day is shown.
const clock = "15:04:05.000"

// shade is an ANSI colour.
type shade string

const (
	plain  shade = ""
	bold   shade = "1"
	dim    shade = "2"
	red    shade = "31;1"
	green  shade = "32"
	yellow shade = "33"
	blue   shade = "36"
)

// screen prints for people, one line at a time.
type screen struct {
	mu    sync.Mutex
	out   io.Writer
	color bool
}

func (s *screen) paint(c shade, text string) string {
	if !s.color || c == plain {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}

func (s *screen) line(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = fmt.Fprintf(s.out, format+"\n", args...) // a screen that is gone is no fault of the run
}

// event prints one event: when, which provider, what happened, to what, a few fields, how long after the change, and that the signature was
// right (a wrong one comes as trouble).
func (s *screen) event(p *provider, e event, seen sighting) {
	kinds := map[string]shade{"CREATED": green, "UPDATED": yellow}
	kind, known := kinds[e.Kind]
	if !known {
		kind = red
	}
	age := fmt.Sprintf("%5.2f s", seen.age.Seconds())
	if seen.age < 0 {
		age = "      ?"
	}
	mark := s.paint(dim, "signed")
	if seen.repeated {
		mark = s.paint(red, "REPEATED")
	}
	s.line("%s  %s  %s  %-8s  %-12s  %s  %s  %s", s.paint(dim, e.At.Format(clock)), s.paint(blue, fit(p.name, 8)), s.paint(kind, fit(e.Kind, 7)),
		clean(e.ObjectType), clean(e.ObjectID), fit(p.collections[e.ObjectType].summary(e.Record), 64), age, mark)
}

func (s *screen) trouble(p *provider, text string) {
	s.line("%s  %s  %s", s.paint(dim, time.Now().Format(clock)), s.paint(blue, fit(p.name, 8)), s.paint(red, clean(text)))
}

// fit cuts or fills a text to n characters.
func fit(text string, n int) string {
	runes := []rune(clean(text))
	if len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return string(runes) + strings.Repeat(" ", n-len(runes))
}

// clean leaves out what could command a terminal: records come from outside.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
}
