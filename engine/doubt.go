package engine

import (
	"context"
	"errors"

	"github.com/pollwright/pollwright/engine/store"
)

// inDoubt has the running engine work by what is stored of an instance when err is that of a commit of which nobody knows what became of it: it
// may be in force. It returns err. A conflict or an invalid change was not applied, and is no doubt.
func (e *Engine) inDoubt(ctx context.Context, id int64, err error) error {
	for _, known := range []error{store.ErrConflict, store.ErrTooLarge, store.ErrInvalid, ErrNotFound} {
		if err == nil || errors.Is(err, known) {
			return err
		}
	}
	name := idText(id)
	e.lives.forget(id)
	e.scheduler.Remove(id) // what is polled, and how often, may be another
	e.running.cancel(name)
	e.scheduleAgain(context.WithoutCancel(ctx), id)
	e.sender.Refresh(name)
	return err
}
