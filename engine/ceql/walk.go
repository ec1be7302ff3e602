package ceql

// Conditions gives every condition of a clause to see, in the order in which they were written: each is a [Condition], an [In] or a [Null].
func Conditions(e Expr, see func(Expr)) {
	switch e := e.(type) {
	case And:
		for _, term := range e.Terms {
			Conditions(term, see)
		}
	case Or:
		for _, term := range e.Terms {
			Conditions(term, see)
		}
	case nil:
	default:
		see(e)
	}
}

// Terms gives the parts of a clause that must all be true: the terms of an [And], or the clause itself.
func Terms(e Expr) []Expr {
	switch e := e.(type) {
	case nil:
		return nil
	case And:
		return e.Terms
	}
	return []Expr{e}
}
