package meter

import "fmt"

// ShapeError is why a module is not taken. The text says what is wrong and what would be right.
type ShapeError struct{ Reason string }

func (e *ShapeError) Error() string { return e.Reason }

func shapeError(format string, args ...any) error {
	return &ShapeError{fmt.Sprintf(format, args...)}
}
