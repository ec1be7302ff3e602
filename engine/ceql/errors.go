package ceql

import (
	"fmt"
	"unicode/utf8"
)

// SyntaxError says what in a clause was not understood, and where.
type SyntaxError struct {
	Column  int    // counted in characters, from 1
	Message string // what was found and what would be right
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("where clause, column %d: %s", e.Column, e.Message)
}

// column turns a byte offset into the column a person counts.
func column(text string, offset int) int {
	return utf8.RuneCountInString(text[:offset]) + 1
}
