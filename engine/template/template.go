package template

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Template is a poll URL ready to be filled. It does not change, and may be used by many goroutines.
type Template struct {
	url      string
	parts    []part
	warnings []string
}

// part is one of: plain text, a variable, a placeholder.
type part struct {
	text     string
	variable string
	time     *placeholder
}

// Values is what a template is filled with.
type Values struct {
	Since time.Time         // changes from here on are wanted; needed by a [Template.Dated] template
	Now   time.Time         // the present; needed by ${nowTimeZone:...}
	Vars  map[string]string // values of the {variables}
}

// Parse reads a poll URL. The error is a [*Fault].
func Parse(url string) (*Template, error) {
	s := newScanner(url)
	if err := s.scan(); err != nil {
		return nil, err
	}
	s.checkQuotes()
	return &Template{url: url, parts: s.parts, warnings: s.warnings}, nil
}

// Warnings tells what was tolerated in the URL and what in it probably is not what its author meant.
func (t *Template) Warnings() []string { return slices.Clone(t.warnings) }

// String is the URL as it was given.
func (t *Template) String() string { return t.url }

// Variables names the variables in order of appearance, each once.
func (t *Template) Variables() []string {
	var names []string
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, p := range t.parts {
		add(p.variable)
		if p.time != nil {
			add(p.time.zoneVariable)
		}
	}
	return names
}

// Dated tells whether the URL has a placeholder that is filled with [Values].Since: whether the
// provider is asked for changes since then, and not for everything.
func (t *Template) Dated() bool {
	return slices.ContainsFunc(t.parts, func(p part) bool { return p.time != nil && !p.time.now })
}

// Unit is the coarsest unit among the placeholders that are filled with Since, 0 if there are none. A
// filled time may be earlier than Since by up to that.
func (t *Template) Unit() time.Duration {
	unit := time.Duration(0)
	for _, p := range t.parts {
		if p.time != nil && !p.time.now {
			unit = max(unit, p.time.format.Unit())
		}
	}
	return unit
}

// Expand fills the URL. A variable without a value is a [*MissingError]. A value that would change how
// the URL is read (one with / ? # & = quotes, braces, blanks or control characters) is refused.
func (t *Template) Expand(values Values) (string, error) {
	var b strings.Builder
	for _, p := range t.parts {
		text, err := p.fill(values)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

func (p *part) fill(values Values) (string, error) {
	switch {
	case p.time != nil:
		return p.time.fill(values)
	case p.variable == "":
		return p.text, nil
	}
	value := values.Vars[p.variable]
	if value == "" {
		return "", &MissingError{Name: p.variable}
	}
	if value == "." || value == ".." {
		return "", fmt.Errorf("poll URL: the value of {%s} is %q, which is no name", p.variable, value)
	}
	if i := strings.IndexFunc(value, unsafe); i >= 0 {
		return "", fmt.Errorf("poll URL: the value of {%s} contains %q, which may not stand in a URL's path", p.variable, value[i])
	}
	return value, nil
}

func unsafe(r rune) bool {
	return r <= ' ' || r == 0x7f || r == '\uFFFD' || strings.ContainsRune("/?#&=%'\"`{}\\", r)
}
