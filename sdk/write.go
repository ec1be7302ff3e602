package sdk

import (
	"slices"
	"strconv"
	"unicode/utf8"
)

// writer writes JSON, byte for byte as encoding/json does: records that an adapter builds are told apart by their bytes.
type writer struct {
	out []byte
	err error // the first one
}

// comma goes in front of a member or an element, but not of the first one.
func (w *writer) comma() {
	if n := len(w.out); n > 0 && w.out[n-1] != '{' && w.out[n-1] != '[' {
		w.out = append(w.out, ',')
	}
}

// name begins a member; of name nothing must be escaped.
func (w *writer) name(name string) {
	w.comma()
	w.out = append(w.out, '"')
	w.out = append(w.out, name...)
	w.out = append(w.out, '"', ':')
}

func (w *writer) open(c byte)        { w.out = append(w.out, c) }
func (w *writer) end(c byte)         { w.out = append(w.out, c) }
func (w *writer) number(value int64) { w.out = strconv.AppendInt(w.out, value, 10) }

func (w *writer) text(name, value string) {
	w.name(name)
	w.quoted(value)
}

func (w *writer) int(name string, value int64) {
	w.name(name)
	w.number(value)
}

// What follows leaves out what is empty (omitempty).

func (w *writer) textIf(name, value string) {
	if value != "" {
		w.text(name, value)
	}
}

func (w *writer) intIf(name string, value int64) {
	if value != 0 {
		w.int(name, value)
	}
}

func (w *writer) trueIf(name string, value bool) {
	if value {
		w.name(name)
		w.out = append(w.out, "true"...)
	}
}

func (w *writer) listIf(name string, values []string) {
	if len(values) > 0 {
		w.name(name)
		w.list(values)
	}
}

func (w *writer) tableIf(name string, m map[string]string) {
	if len(m) > 0 {
		w.name(name)
		w.table(m)
	}
}

func (w *writer) rawIf(name string, value Raw) {
	if len(value) > 0 {
		w.name(name)
		w.raw(name, value)
	}
}

// each writes an array of objects.
func each[T any](w *writer, values []T, write func(*writer, *T)) {
	if values == nil {
		w.null()
		return
	}
	w.open('[')
	for i := range values {
		w.comma()
		w.open('{')
		write(w, &values[i])
		w.end('}')
	}
	w.end(']')
}

func eachIf[T any](w *writer, name string, values []T, write func(*writer, *T)) {
	if len(values) > 0 {
		w.name(name)
		each(w, values, write)
	}
}

// object writes a member that is an object; nothing for nil.
func object[T any](w *writer, name string, value *T, write func(*writer, *T)) {
	if value == nil {
		return
	}
	w.name(name)
	w.open('{')
	write(w, value)
	w.end('}')
}

func (w *writer) null() { w.out = append(w.out, "null"...) }

func (w *writer) list(values []string) {
	if values == nil {
		w.null()
		return
	}
	w.open('[')
	for _, v := range values {
		w.comma()
		w.quoted(v)
	}
	w.end(']')
}

func (w *writer) table(m map[string]string) {
	if m == nil {
		w.null()
		return
	}
	w.open('{')
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		w.comma()
		w.quoted(name)
		w.open(':')
		w.quoted(m[name])
	}
	w.end('}')
}

const hexDigits = "0123456789abcdef"

// quoted writes a string. What HTML or JavaScript would take for its own is escaped, and bytes that are not UTF-8 become U+FFFD.
func (w *writer) quoted(text string) {
	w.out = append(w.out, '"')
	start := 0
	for i := 0; i < len(text); {
		c := text[i]
		if class[c]&inString != 0 {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			w.out = append(w.out, text[start:i]...)
			w.escape(c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 || r == '\u2028' || r == '\u2029' {
			w.out = append(w.out, text[start:i]...)
			w.unicode(r)
			start = i + size
		}
		i += size
	}
	w.out = append(w.out, text[start:]...)
	w.out = append(w.out, '"')
}

func (w *writer) escape(c byte) {
	switch c {
	case '"', '\\':
		w.out = append(w.out, '\\', c)
	case '\b':
		w.out = append(w.out, '\\', 'b')
	case '\f':
		w.out = append(w.out, '\\', 'f')
	case '\n':
		w.out = append(w.out, '\\', 'n')
	case '\r':
		w.out = append(w.out, '\\', 'r')
	case '\t':
		w.out = append(w.out, '\\', 't')
	default:
		w.unicode(rune(c))
	}
}

func (w *writer) unicode(r rune) {
	w.out = append(w.out, '\\', 'u', hexDigits[r>>12&0xf], hexDigits[r>>8&0xf], hexDigits[r>>4&0xf], hexDigits[r&0xf])
}

// raw writes JSON text without its white space. name is for the error.
func (w *writer) raw(name string, text Raw) {
	if text == nil {
		w.null()
		return
	}
	s := scanner{text: text}
	_, err := s.value(1)
	if s.space(); err == nil && s.at < len(text) {
		err = s.fail("the end of the text")
	}
	if err != nil {
		if w.err == nil {
			w.err = &rawError{name, err}
		}
		return
	}
	w.compact(text)
}

// compact copies valid JSON without its white space.
func (w *writer) compact(text []byte) {
	start, inside := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			inside = !inside
		case c == '\\':
			i++ // only in a string, where something follows
		case c == '<' || c == '>' || c == '&':
			w.out = append(w.out, text[start:i]...)
			w.unicode(rune(c))
			start = i + 1
		case !inside && (c == ' ' || c == '\t' || c == '\r' || c == '\n'):
			w.out = append(w.out, text[start:i]...)
			start = i + 1
		case c == 0xe2 && i+2 < len(text) && text[i+1] == 0x80 && text[i+2]&^1 == 0xa8:
			w.out = append(w.out, text[start:i]...)
			w.unicode(rune(0x2000 | int(text[i+2])&0x3f))
			i += 2
			start = i + 1
		}
	}
	w.out = append(w.out, text[start:]...)
}

// rawError says which part of a reply is no JSON.
type rawError struct {
	name string
	err  error
}

func (e *rawError) Error() string { return e.name + " is no JSON: " + e.err.Error() }
func (e *rawError) Unwrap() error { return e.err }
