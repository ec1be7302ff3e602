package sdk

import (
	"bytes"
	"errors"
	"strconv"
)

// Outline is the first level of a JSON object: names, the raw text of each value, and how long the arrays are. It is how an adapter reads
// the envelope of an answer ("total", "errors", how many rows) without decoding the records in it: inside the sandbox a page of 1,000
// records costs 100 ms and more with encoding/json, the outline a small part of that.
type Outline struct {
	members []member
}

type member struct {
	name     []byte
	raw      []byte // part of the body, not a copy
	elements int    // of an array, else -1
}

// ReadOutline reads the outline of body. The whole text is checked, so a body that was cut off or is no JSON is an error that says where.
// Of two members of one name the first counts.
func ReadOutline(body []byte) (Outline, error) {
	s := scanner{text: body}
	o := Outline{make([]member, 0, 8)}
	if s.peek() != '{' {
		return Outline{}, s.fail("an object")
	}
	err := s.object(func(name []byte) error {
		s.space()
		start := s.at
		elements, err := s.value(1)
		o.members = append(o.members, member{nameIn(name), body[start:s.at], elements})
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
			if m := &o.members[i]; m.elements >= 0 && elided.At == "/"+escapePointer(string(m.name)) {
				m.elements = elided.Len
			}
		}
	}
	return o, err
}

func (o Outline) find(name string) *member {
	for i := range o.members {
		if string(o.members[i].name) == name {
			return &o.members[i]
		}
	}
	return nil
}

// Names lists the members in their order.
func (o Outline) Names() []string {
	names := make([]string, len(o.members))
	for i, m := range o.members {
		names[i] = string(m.name)
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
	if m := o.find(name); m == nil || t.UnmarshalJSON(m.raw) != nil {
		return ""
	}
	return string(t)
}

// Int gives a whole number, also one written as a string ("429"); false for anything else.
func (o Outline) Int(name string) (int64, bool) {
	n, err := strconv.ParseInt(o.Text(name), 10, 64)
	return n, err == nil
}

// Outline reads the outline of a member that is an object.
func (o Outline) Outline(name string) (Outline, error) {
	m := o.find(name)
	if m == nil {
		return Outline{}, missing(name)
	}
	return ReadOutline(m.raw)
}

// List gives the elements of a member that is an array: ReadList. Meant for small members, not for the records.
func (o Outline) List(name string) ([]Raw, error) {
	m := o.find(name)
	if m == nil {
		return nil, missing(name)
	}
	return ReadList(m.raw)
}

// Texts gives the elements of a member that is an array of strings; one that is null is empty.
func (o Outline) Texts(name string) ([]string, error) {
	m := o.find(name)
	if m == nil {
		return nil, missing(name)
	}
	d := decoder{scanner{text: m.raw}}
	var texts []string
	err := list(&d, &texts, d.string)
	return texts, err
}

func missing(name string) error { return errors.New("no member " + strconv.Quote(name)) }

// ReadList gives the elements of an array, each as its part of the text; none for null. The whole text is checked.
func ReadList(text []byte) ([]Raw, error) {
	d := decoder{scanner{text: text}}
	var elements []Raw
	err := list(&d, &elements, d.raw)
	if d.space(); err == nil && d.at < len(text) {
		err = d.fail("the end of the text")
	}
	if err != nil {
		return nil, err
	}
	return elements, nil
}
