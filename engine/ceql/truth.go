package ceql

// Truth is an answer of three-valued logic, as in SQL: what is asked of a field without a value is neither true nor false.
type Truth int8

// The three answers.
const (
	False   Truth = -1
	Unknown Truth = 0
	True    Truth = 1
)

func (t Truth) String() string {
	switch t {
	case False:
		return "false"
	case True:
		return "true"
	}
	return "unknown"
}

// Not turns true and false round; unknown stays.
func (t Truth) Not() Truth { return -t }

func truth(ok bool) Truth {
	if ok {
		return True
	}
	return False
}
