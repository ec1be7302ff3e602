package engine

import (
	"context"
	"time"
)

// NextPolls tells when the resources of an instance are polled next, by resource. What is not on the schedule is not in it: nothing of an
// instance that is disabled or was stopped is.
func (e *Engine) NextPolls(ctx context.Context, caller Caller, id int64) (map[string]time.Time, error) {
	in, err := e.Instance(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	next := map[string]time.Time{}
	for _, r := range in.Resources {
		if at, ok := e.scheduler.Next(id, r.Name); ok {
			next[r.Name] = at.UTC()
		}
	}
	return next, nil
}
