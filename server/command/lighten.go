package command

import (
	"context"
	"log/slog"
	"runtime/debug"
	"time"
)

// lightenAfter is how long after the start the server lets go of what only the start needed: by then instances are read and first polls are under way.
const lightenAfter = 10 * time.Second

// lighten gives memory back to the system once, when the start is over: what the heap has free, and the pages of the program's own file that the
// start has touched. Of the latter those come back at once that are used, a few microseconds each, and from memory: the system still has them.
func lighten(ctx context.Context, log *slog.Logger) error {
	select {
	case <-ctx.Done():
		return nil
	case <-time.After(lightenAfter):
	}
	debug.FreeOSMemory()
	if n, err := forgetProgram(); err != nil {
		log.Debug("pages of the program stay resident", "err", err)
	} else {
		log.Debug("let go of pages of the program that the start has touched", "bytes", n)
	}
	return nil
}
