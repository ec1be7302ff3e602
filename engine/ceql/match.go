package ceql

import "strings"

// Match tells whether a record fits a clause: only what is true does, not what is unknown.
func Match(e Expr, look Lookup) bool { return Judge(e, look) == True }

// Judge answers a clause for a record. Comparing a field that is null or not there is unknown, whatever it is compared with; AND, OR and IN
// go by SQL's three-valued logic, and IS NULL is always true or false.
func Judge(e Expr, look Lookup) Truth {
	switch e := e.(type) {
	case And:
		least := True
		for _, term := range e.Terms {
			least = min(least, Judge(term, look))
		}
		return least
	case Or:
		most := False
		for _, term := range e.Terms {
			most = max(most, Judge(term, look))
		}
		return most
	case Condition:
		return e.judge(look(e.Name))
	case In:
		return e.judge(look(e.Name))
	case Null:
		return truth((look(e.Name).Kind == Absent) != e.Not)
	}
	return Unknown
}

func (c Condition) judge(v Value) Truth {
	literal := Literal{c.Value, c.Quoted}
	switch c.Op {
	case "=":
		return v.equal(literal)
	case "!=":
		return v.equal(literal).Not()
	case "LIKE":
		return v.like(c.Value)
	}
	if v.Kind == Absent {
		return Unknown
	}
	n, ok := v.order(literal)
	if !ok {
		return Unknown
	}
	switch c.Op {
	case "<":
		return truth(n < 0)
	case "<=":
		return truth(n <= 0)
	case ">":
		return truth(n > 0)
	case ">=":
		return truth(n >= 0)
	}
	return Unknown
}

func (e In) judge(v Value) Truth {
	most := False
	for _, literal := range e.Values {
		most = max(most, v.equal(literal))
	}
	return most
}

// like matches a pattern in which % stands for any text, also none, and everything else for itself. Upper and lower case are the same to it:
// it is how one searches. Numbers, true and false are taken as they are written.
func (v Value) like(pattern string) Truth {
	if v.Kind == Absent || v.Kind == Nested {
		return Unknown
	}
	return truth(like(strings.ToLower(v.Text), strings.ToLower(pattern)))
}

func like(text, pattern string) bool {
	parts := strings.Split(pattern, "%")
	if len(parts) == 1 {
		return text == pattern
	}
	first, last := parts[0], parts[len(parts)-1]
	if !strings.HasPrefix(text, first) {
		return false
	}
	text = text[len(first):]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = after
	}
	return strings.HasSuffix(text, last)
}
