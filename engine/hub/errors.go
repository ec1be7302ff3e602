package hub

import (
	"fmt"
	"strings"

	"github.com/pollwright/pollwright/engine/instance"
)

// UnknownError is a path that no resource of the element has.
type UnknownError struct {
	Path    string   // as it was asked for, without the hub
	Element string   // its name
	Known   []string // paths of its resources
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("%s is no resource of %s; it has %s", clip(e.Path), e.Element, strings.Join(e.Known, ", "))
}

// MissingError is a record that is not there.
type MissingError struct{ Resource, ID string }

func (e *MissingError) Error() string {
	return fmt.Sprintf("No %s found with ID %s", e.Resource, clip(e.ID))
}

// WhereError is a where clause that cannot be read; the message says where in it.
type WhereError struct{ Cause error }

func (e *WhereError) Error() string { return "Error parsing query: " + e.Cause.Error() }

func (e *WhereError) Unwrap() error { return e.Cause }

// PageError is an answer of the adapter that paging cannot go on from.
type PageError struct{ Message string }

func (e *PageError) Error() string { return e.Message }

// SlowError is a single record that was not found within the bounds of one read; it may be there.
type SlowError struct{ Message string }

func (e *SlowError) Error() string { return e.Message }

// faults collects what is wrong with a request.
type faults []instance.Problem

func (f *faults) add(path, format string, args ...any) {
	*f = append(*f, instance.Problem{Path: path, Message: fmt.Sprintf(format, args...)})
}

func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return &instance.InvalidError{Problems: f}
}

// maxShown bounds how much of a request a message repeats, bytes.
const maxShown = 100

func clip(text string) string {
	if len(text) <= maxShown {
		return text
	}
	return strings.ToValidUTF8(text[:maxShown], "") + "..."
}
