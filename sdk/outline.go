package sdk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// Outline is the first level of a JSON object: names, the raw text of each value, and how long the arrays are. It is how an adapter reads
// the envelope of an answer ("total", "errors", how many rows) without decoding the records in it: inside the sandbox a page of 1,000
// records costs 100 ms and more with encoding/json, the outline a small part of that.
type Outline struct {
	members []member
}

type member struct {
	name     string
	raw      []byte // part of the body, not a copy
	elements int    // of an array, else -1
}

// ReadOutline reads the outline of body. The whole text is checked, so a body that was cut off or is no JSON is an error that says where.
// Of two members of one name the first counts.
func ReadOutline(body []byte) (Outline, error) {
	s := scanner{text: body}
	var o Outline
	if s.peek() != '{' {
		return o, s.fail("an object")
	}
	err := s.object(func(name []byte) error {
		s.space()
		start := s.at
		elements, err := s.value(1)
		o.members = append(o.members, member{unquote(name), body[start:s.at], elements})
		return err
	})
	if err != nil {
		return Outline{}, err
	}
	if s.space(); s.at < len(body) {
		return Outline{}, s.fail("the end of the text")
	}
	return o, nil
}

// Outline reads the outline of the answer's body. Lengths are those of the body, also where the host has taken out the middle of an array.
func (r *Response) Outline() (Outline, error) {
	o, err := ReadOutline(r.Body)
	for _, elided := range r.Elided {
		for i := range o.members {
			if m := &o.members[i]; m.elements >= 0 && elided.At == "/"+pointerEscapes.Replace(m.name) {
				m.elements = elided.Len
			}
		}
	}
	return o, err
}

func (o Outline) find(name string) *member {
	for i := range o.members {
		if o.members[i].name == name {
			return &o.members[i]
		}
	}
	return nil
}

// Names lists the members in their order.
func (o Outline) Names() []string {
	names := make([]string, len(o.members))
	for i, m := range o.members {
		names[i] = m.name
	}
	return names
}

// Has says whether there is a member of that name that is not null.
func (o Outline) Has(name string) bool {
	m := o.find(name)
	return m != nil && !bytes.Equal(m.raw, []byte("null"))
}

// Raw gives the JSON text of a member, nil if there is none. It is part of the body.
func (o Outline) Raw(name string) []byte {
	if m := o.find(name); m != nil {
		return m.raw
	}
	return nil
}

// Len gives the number of elements of an array; false if there is no array of that name.
func (o Outline) Len(name string) (int, bool) {
	m := o.find(name)
	if m == nil || m.elements < 0 {
		return 0, false
	}
	return m.elements, true
}

// Text gives a string, or a number as it is written; "" for anything else.
func (o Outline) Text(name string) string {
	var t Text
	if o.Decode(name, &t) != nil {
		return ""
	}
	return string(t)
}

// Int gives a whole number, also one written as a string ("429"); false for anything else.
func (o Outline) Int(name string) (int64, bool) {
	n, err := strconv.ParseInt(o.Text(name), 10, 64)
	return n, err == nil
}

// Decode decodes a member with encoding/json. Meant for small members, not for the records.
func (o Outline) Decode(name string, into any) error {
	m := o.find(name)
	if m == nil {
		return fmt.Errorf("no member %q", name)
	}
	return json.Unmarshal(m.raw, into)
}

// Text is a string that providers also send as a number: an id of digits, a flag "1". Null and false stay empty, true is "true".
type Text string

// UnmarshalJSON takes a string, a number or a boolean.
func (t *Text) UnmarshalJSON(raw []byte) error {
	switch {
	case len(raw) > 0 && raw[0] == '"':
		return json.Unmarshal(raw, (*string)(t))
	case len(raw) > 0 && (raw[0] == '-' || isDigit(raw[0])), string(raw) == "true":
		*t = Text(raw)
	case string(raw) == "null", string(raw) == "false":
		*t = ""
	default:
		return fmt.Errorf("found %s, want a string or a number", Excerpt(raw))
	}
	return nil
}

// unquote gives the text of a JSON string that the scanner has accepted.
func unquote(quoted []byte) string {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 && isASCII(inner) {
		return string(inner)
	}
	var text string
	if json.Unmarshal(quoted, &text) != nil {
		return string(inner)
	}
	return text
}

func isASCII(text []byte) bool {
	for _, c := range text {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
