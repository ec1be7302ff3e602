package box

import "errors"

// ErrUnavailable means that the system has no memory that can be reset: it is not Linux, or /proc is missing.
var ErrUnavailable = errors.New("this system cannot reset memory page by page")

// errGone is what a Memory answers that was unmapped.
var errGone = errors.New("the memory is unmapped")
