package ceql

// maxDepth bounds nested parentheses, so that hostile text cannot exhaust the stack.
const maxDepth = 100

// Parse reads a where clause, as it stands after `where=` and with nothing percent-encoded. An empty
// clause is an [And] without terms. The error is a [*SyntaxError].
func Parse(where string) (Expr, error) {
	e, _, err := ParseWarn(where)
	return e, err
}

// ParseWarn is [Parse] that also tells what was repaired in the text, one sentence for each slip.
func ParseWarn(where string) (Expr, []string, error) {
	p := parser{scanner: scanner{text: where}}
	if p.end() {
		return And{}, nil, nil
	}
	e, err := p.or()
	if err != nil {
		return nil, nil, err
	}
	p.stray()
	if !p.end() {
		return nil, nil, p.fault(p.at, "found %s where AND, OR or the end was expected", p.next())
	}
	return e, p.warnings, nil
}

// parser builds the tree: one method for each level of the grammar.
type parser struct {
	scanner
	depth int
}

func (p *parser) or() (Expr, error) {
	terms, err := p.list("OR", p.and)
	switch {
	case err != nil:
		return nil, err
	case len(terms) == 1:
		return terms[0], nil
	}
	return Or{Terms: terms}, nil
}

func (p *parser) and() (Expr, error) {
	terms, err := p.list("AND", p.term)
	switch {
	case err != nil:
		return nil, err
	case len(terms) == 1:
		return terms[0], nil
	}
	return And{Terms: terms}, nil
}

func (p *parser) list(glue string, term func() (Expr, error)) ([]Expr, error) {
	var terms []Expr
	for {
		e, err := term()
		if err != nil {
			return nil, err
		}
		terms = append(terms, flat(e, glue)...)
		if !p.keyword(glue) {
			return terms, nil
		}
	}
}

func (p *parser) term() (Expr, error) {
	p.blanks()
	open := p.at
	if !p.take('(') {
		return p.condition()
	}
	if p.depth++; p.depth > maxDepth {
		return nil, p.fault(open, "more than %d parentheses inside each other", maxDepth)
	}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if !p.take(')') {
		return nil, p.fault(p.at, "found %s where ) was expected for the ( at column %d", p.next(), column(p.text, open))
	}
	p.depth--
	return e, nil
}

func (p *parser) condition() (Expr, error) {
	name, err := p.name()
	if err != nil {
		return nil, err
	}
	switch {
	case p.keyword("IN"):
		return p.in(name)
	case p.keyword("IS"):
		return p.null(name)
	}
	op, err := p.operator()
	if err != nil {
		return nil, err
	}
	value, err := p.literal()
	if err != nil {
		return nil, err
	}
	return Condition{Name: name, Op: op, Value: value.Value, Quoted: value.Quoted}, nil
}

func (p *parser) in(name string) (Expr, error) {
	if !p.take('(') {
		return nil, p.fault(p.at, "found %s where ( was expected: IN ('a', 'b')", p.next())
	}
	var values []Literal
	for {
		value, err := p.literal()
		if err != nil {
			return nil, err
		}
		values = append(values, value)
		if p.take(')') {
			return In{Name: name, Values: values}, nil
		}
		if !p.take(',') {
			return nil, p.fault(p.at, "found %s where , or ) was expected", p.next())
		}
	}
}

func (p *parser) null(name string) (Expr, error) {
	not := p.keyword("NOT")
	if !p.keyword("NULL") {
		return nil, p.fault(p.at, "found %s where NULL was expected: IS NULL or IS NOT NULL", p.next())
	}
	return Null{Name: name, Not: not}, nil
}

// flat opens parentheses that change nothing: (a AND b) AND c has three terms.
func flat(e Expr, glue string) []Expr {
	switch list := e.(type) {
	case And:
		if glue == "AND" {
			return list.Terms
		}
	case Or:
		if glue == "OR" {
			return list.Terms
		}
	}
	return []Expr{e}
}
