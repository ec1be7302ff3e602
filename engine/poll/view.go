package poll

import (
	"context"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/store"
)

// View is what a resource's checkpoint tells of itself. Times are zero where there are no dates to tell.
type View struct {
	change.Summary
	change.Span
	Remembered int // records
}

// ViewOf reads a checkpoint, or returns ErrGone.
func ViewOf(ctx context.Context, s store.Store, instanceID int64, resource *instance.Resource, plan *instance.Plan) (v View, err error) {
	rec, chunks, err := loadCheckpoint(ctx, s, CheckpointKey(instanceID, resource))
	if err != nil {
		return v, err
	}
	if v.Summary, err = change.Summarize(rec.Value); err != nil {
		return v, err
	}
	if v.Remembered = v.Objects; plan.Hash != nil {
		return v, nil
	}
	cp, err := change.Load(plan.Rule, rec.Value, chunks)
	if err != nil {
		return v, err
	}
	v.Span, v.Remembered = cp.Span(plan.Rule), cp.Remembered()
	return v, nil
}
