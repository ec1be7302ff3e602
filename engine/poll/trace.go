package poll

import (
	"context"
	"log/slog"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// Trace is told of a piece of a poll's work as it begins, and gives what to call when it has ended; see engine.Trace.
type Trace = func(ctx context.Context, name string, began time.Time, about ...slog.Attr) (context.Context, func(err error, found ...slog.Attr))

// NoTrace tells nobody.
func NoTrace(ctx context.Context, _ string, _ time.Time, _ ...slog.Attr) (context.Context, func(error, ...slog.Attr)) {
	return ctx, func(error, ...slog.Attr) {}
}

// mostTraced bounds the ids that one commit is told with.
const mostTraced = 20

func idsOf(rows []store.Notification) slog.Attr {
	var ids []string
	for _, row := range rows[:min(len(rows), mostTraced)] {
		ids = append(ids, row.ID)
	}
	return slog.Any("events", ids)
}
