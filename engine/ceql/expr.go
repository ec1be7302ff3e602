package ceql

import "strings"

// Expr is a node of a parsed clause: one of [And], [Or], [Condition], [In], [Null].
// String gives text that parses to an equal tree.
type Expr interface {
	String() string
	expr()
}

// And is true when all its terms are; without terms (an empty clause) it is always true.
type And struct{ Terms []Expr }

// Or is true when one of its terms is. It has at least two.
type Or struct{ Terms []Expr }

// Condition compares one field with one value.
type Condition struct {
	Name   string // the field, without quotes
	Op     string // one of = != < > <= >= LIKE
	Value  string // the value, without quotes and with doubled quotes made one
	Quoted bool   // whether the value was quoted; a bare 5 is a number, '5' is text
}

// In tells whether a field equals one of the values.
type In struct {
	Name   string
	Values []Literal // at least one
}

// Null tells whether a field has no value, or with Not, that it has one.
type Null struct {
	Name string
	Not  bool
}

// Literal is a value of an [In] list.
type Literal struct {
	Value  string
	Quoted bool
}

// Conjunction gives the conditions of e when it is one condition or an AND of nothing but conditions,
// in the order in which they were written. It answers false for any other tree.
func Conjunction(e Expr) ([]Condition, bool) {
	switch e := e.(type) {
	case Condition:
		return []Condition{e}, true
	case And:
		flat := make([]Condition, 0, len(e.Terms))
		for _, term := range e.Terms {
			c, ok := term.(Condition)
			if !ok {
				return nil, false
			}
			flat = append(flat, c)
		}
		return flat, true
	}
	return nil, false
}

func (And) expr()       {}
func (Or) expr()        {}
func (Condition) expr() {}
func (In) expr()        {}
func (Null) expr()      {}

func (e And) String() string { return join(e.Terms, " AND ") }
func (e Or) String() string  { return join(e.Terms, " OR ") }

func (c Condition) String() string {
	return quoteName(c.Name) + " " + c.Op + " " + Literal{c.Value, c.Quoted}.String()
}

func (e In) String() string {
	values := make([]string, len(e.Values))
	for i, v := range e.Values {
		values[i] = v.String()
	}
	return quoteName(e.Name) + " IN (" + strings.Join(values, ", ") + ")"
}

func (e Null) String() string {
	if e.Not {
		return quoteName(e.Name) + " IS NOT NULL"
	}
	return quoteName(e.Name) + " IS NULL"
}

// String writes the literal as it may stand in a clause.
func (l Literal) String() string {
	if !l.Quoted {
		return l.Value
	}
	return "'" + strings.ReplaceAll(l.Value, "'", "''") + "'"
}

// join puts parentheses round every term that is itself a list, so that the shape survives.
func join(terms []Expr, glue string) string {
	parts := make([]string, len(terms))
	for i, term := range terms {
		parts[i] = term.String()
		switch term.(type) {
		case And, Or:
			parts[i] = "(" + parts[i] + ")"
		}
	}
	return strings.Join(parts, glue)
}

// quoteName protects a name that could not be read back bare.
func quoteName(name string) string {
	if bareName(name) {
		return name
	}
	return "`" + strings.ReplaceAll(name, "`", "``") + "`"
}
