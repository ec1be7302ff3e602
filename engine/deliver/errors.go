package deliver

import "errors"

// ErrGone is what Targets answers for an instance that was deleted: the rows that wait for it are dropped.
var ErrGone = errors.New("the instance was deleted")

var errStarted = errors.New("deliver: Run was called before; a Sender runs once")
