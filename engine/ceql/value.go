package ceql

import "strings"

// Kind is what a field of a record holds.
type Kind int8

// Kinds of a [Value].
const (
	Absent Kind = iota // no such field, or null
	Bool
	Number
	Text
	Nested // an object or an array
)

// Value is a field's value. The zero Value is that of a field which is null or not there.
type Value struct {
	Kind Kind
	Text string // a text without quotes; a number as it is written; true or false
	// Order, if set, compares the value with a literal of the clause in a way of its own: dates by their instant. It answers below, at or
	// above 0, and false if one of the two is not what it compares.
	Order func(Literal) (int, bool)
}

// Lookup gives the value of a field by its name in the clause.
type Lookup func(name string) Value

// order compares with a literal; false if the two have no order.
//
// Numbers are compared as numbers, however many digits they have, when both are ones: the literal quoted or bare. A text is compared as a
// number only with a bare literal; with a quoted one bytewise. True and false have no order.
func (v Value) order(l Literal) (int, bool) {
	if v.Order != nil {
		return v.Order(l)
	}
	switch v.Kind {
	case Number:
		return compareNumbers(v.Text, l.Value)
	case Text:
		if !l.Quoted {
			if n, ok := compareNumbers(v.Text, l.Value); ok {
				return n, true
			}
		}
		return strings.Compare(v.Text, l.Value), true
	}
	return 0, false
}

// equal compares with a literal. What cannot be compared is not equal; an object or an array cannot be asked.
func (v Value) equal(l Literal) Truth {
	switch v.Kind {
	case Absent, Nested:
		return Unknown
	case Bool:
		return truth(strings.EqualFold(v.Text, l.Value))
	}
	if n, ok := v.order(l); ok {
		return truth(n == 0)
	}
	return truth(v.Text == l.Value)
}

// Compare orders two values: numbers by size, then texts bytewise, then true and false, then objects and arrays, which are all alike, and in
// the end what is absent.
func Compare(a, b Value) int {
	if ra, rb := a.rank(), b.rank(); ra != rb {
		return ra - rb
	}
	switch a.Kind {
	case Number:
		n, _ := compareNumbers(a.Text, b.Text)
		return n
	case Text, Bool:
		return strings.Compare(a.Text, b.Text)
	}
	return 0
}

func (v Value) rank() int {
	switch v.Kind {
	case Number:
		if _, ok := readNumber(v.Text); ok {
			return 0
		}
		return 1 // a number out of all bounds
	case Text:
		return 2
	case Bool:
		return 3
	case Nested:
		return 4
	}
	return 5
}
