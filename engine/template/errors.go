package template

import "fmt"

// Fault says what in a URL was not understood, and where.
type Fault struct {
	Column  int    // counted in characters of the URL as it was given, from 1
	Message string // what was found and what would be right
}

func (e *Fault) Error() string { return fmt.Sprintf("poll URL, column %d: %s", e.Column, e.Message) }

// MissingError names a variable that has no value.
type MissingError struct{ Name string }

func (e *MissingError) Error() string {
	return fmt.Sprintf("poll URL: {%s} has no value; replace it in the URL by what it stands for", e.Name)
}
