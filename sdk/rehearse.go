package sdk

// Rehearse answers calls before the sandbox takes its image of the adapter, for what a first time costs: tables are made, zones are loaded,
// stack and heap grow, and encoding/json, for those who use it, looks at a type at length when it meets it. What every later call begins with
// has all that behind it. Call it from init, after Register, with a question and an answer as they will come; what the adapter replies does not
// matter.
func Rehearse(calls ...Call) {
	for _, c := range calls {
		input, err := EncodeCall(c)
		if err == nil {
			Handle(OpStep, input)
		}
	}
}
