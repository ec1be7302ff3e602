package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/egress"
	"github.com/pollwright/pollwright/engine/plugin"
	"github.com/pollwright/pollwright/engine/poll"
)

// mostDry is how many changes a dry run lists.
const mostDry = 200

// DryRun is what a poll would tell.
type DryRun struct {
	Outcome
	DryRun    bool          `json:"dryRun"`    // true
	Changes   []EventChange `json:"changes"`   // up to 200, in the order of their detection
	Truncated bool          `json:"truncated"` // there may be more: it ended at 200 changes, or at a bound of time or pages
}

// DryRun reads the provider as a poll would, from the checkpoint that there is, and tells what would be told. Nothing is stored but tokens that had
// to be refreshed. Errors: ErrNotFound, ErrDisabled, *ConflictError, ErrStopping.
func (e *Engine) DryRun(ctx context.Context, caller Caller, id int64, resource string) (DryRun, error) {
	result := DryRun{DryRun: true}
	out, err := e.dryRun(ctx, caller, id, resource, "dry run", nil, poll.DryRun{
		Begin: func() { result.Changes, result.Truncated = []EventChange{}, false },
		Found: func(c change.Change) (enough bool) {
			if len(result.Changes) == mostDry {
				result.Truncated = true
				return true
			}
			result.Changes = append(result.Changes, EventChange{
				ID: change.EventID(idText(id), resource, c), ObjectID: deliver.ShortObjectID(c.ObjectID), Type: string(c.Kind), Date: c.Date,
			})
			return false
		},
	})
	if err != nil {
		return DryRun{}, err
	}
	if result.Changes == nil {
		result.Changes = []EventChange{}
	}
	for i := range result.Changes {
		if result.Changes[i].Date.IsZero() { // as the event has it
			result.Changes[i].Date = out.Time
		}
	}
	result.Outcome, result.Truncated = out, result.Truncated || out.Continues
	return result, nil
}

// dryRun is a dry run while no poll of the resource runs. prepare, if not nil, makes the checkpoint it begins with of the stored one.
func (e *Engine) dryRun(
	ctx context.Context, caller Caller, id int64, resource, what string, prepare func(record []byte) ([]byte, error), d poll.DryRun,
) (out poll.Outcome, err error) {
	defer func() {
		if err != nil {
			_ = e.metrics.refusedByHand(what, err)
		} else {
			e.metrics.tried(what, out)
		}
	}()
	if _, err := e.pollable(ctx, caller, id, resource); err != nil {
		return out, err
	}
	ctx, cancel := context.WithTimeout(ctx, e.config.HandWait)
	defer cancel()
	done, err := e.hands.turn(ctx, idText(id))
	if err != nil {
		return out, err
	}
	defer done()
	claim, err := e.scheduler.Claim(ctx, id, resource)
	if errors.Is(err, context.DeadlineExceeded) {
		return out, &ConflictError{"a poll of the resource is running; try again when it has ended"}
	}
	if err != nil {
		return out, notClaimed(err)
	}
	defer claim.Cancel()
	work, end := e.running.begin(ctx, idText(id))
	defer end()
	if prepare != nil {
		rec, err := e.checkpointRecord(ctx, id, resource)
		if err != nil {
			return out, err
		}
		if d.Checkpoint, err = prepare(rec.Value); err != nil {
			return out, err
		}
	}
	job, err := e.job(ctx, id, resource, egress.Now)
	if errors.Is(err, plugin.ErrUnknownElement) {
		return out, &ConflictError{noAdapter(job).Error()}
	}
	if err != nil {
		return out, err
	}
	d.Time = e.handTime()
	out, err = e.poller.DryRun(work, job, d)
	switch {
	case work.Err() != nil && ctx.Err() == nil:
		return out, errEnded
	case errors.Is(err, poll.ErrGone):
		return out, ErrNotFound
	case errors.Is(err, context.DeadlineExceeded):
		return out, &ConflictError{fmt.Sprintf("the provider did not give a page within %v; a real poll may take longer", e.config.HandWait)}
	}
	return out, err
}
