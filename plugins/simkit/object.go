package simkit

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// Object writes one JSON object whose keys keep the order of the calls, because the providers' answers have
// an order and the tests compare bytes. The zero value is ready.
type Object struct{ buf []byte }

func (o *Object) key(name string) {
	if len(o.buf) == 0 {
		o.buf = append(o.buf, '{')
	} else {
		o.buf = append(o.buf, ',')
	}
	o.buf = append(AppendString(o.buf, name), ':')
}

// String adds a string member.
func (o *Object) String(name, value string) *Object {
	o.key(name)
	o.buf = AppendString(o.buf, value)
	return o
}

// Int adds a number member.
func (o *Object) Int(name string, value int64) *Object {
	o.key(name)
	o.buf = strconv.AppendInt(o.buf, value, 10)
	return o
}

// Bool adds a boolean member.
func (o *Object) Bool(name string, value bool) *Object {
	o.key(name)
	o.buf = strconv.AppendBool(o.buf, value)
	return o
}

// Raw adds a member whose value is JSON already.
func (o *Object) Raw(name string, value []byte) *Object {
	o.key(name)
	o.buf = append(o.buf, value...)
	return o
}

// Bytes ends the object and returns it.
func (o *Object) Bytes() []byte {
	if len(o.buf) == 0 {
		return []byte("{}")
	}
	return append(o.buf, '}')
}

// AppendArray appends a JSON array of n values; item appends the i-th.
func AppendArray(b []byte, n int, item func(b []byte, i int) []byte) []byte {
	b = append(b, '[')
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = item(b, i)
	}
	return append(b, ']')
}

// AppendStrings appends a JSON array of strings.
func AppendStrings(b []byte, values []string) []byte {
	return AppendArray(b, len(values), func(b []byte, i int) []byte { return AppendString(b, values[i]) })
}

// AppendString appends s as a JSON string, without the escapes that only HTML needs.
func AppendString(b []byte, s string) []byte {
	if plain(s) {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string into a buffer cannot fail
	return append(b, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
}

// plain tells whether s needs no escape.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
