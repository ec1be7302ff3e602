package wasm

import "fmt"

// FormatError is what is wrong with a file, and what would be right.
type FormatError struct{ Reason string }

func (e *FormatError) Error() string { return e.Reason }

// Fault makes a FormatError.
func Fault(format string, args ...any) error { return &FormatError{fmt.Sprintf(format, args...)} }
