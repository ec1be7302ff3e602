package engine

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode"

	"github.com/pollwright/pollwright/engine/store"
)

// Of why a callback is paused.
const (
	byHand    = "paused by hand"
	maxReason = 500 // bytes
)

// PauseCallback sends nothing more to an instance's callback until it is resumed; what waits is kept. A request that is under way ends as it
// will. One that is paused already stays so, with the new reason if one is given. An *instance.InvalidError tells of a bad reason.
func (e *Engine) PauseCallback(ctx context.Context, caller Caller, id int64, reason string) error {
	if _, err := e.Instance(ctx, caller, id); err != nil {
		return err
	}
	if reason = strings.TrimSpace(reason); len(reason) > maxReason || strings.ContainsFunc(reason, unicode.IsControl) {
		return invalid("reason", "should be at most %d bytes without control characters", maxReason)
	}
	for range tries { // the sender may pause it meanwhile
		err := e.tryPause(ctx, id, reason)
		if err == nil {
			e.note(ctx, caller, "callback.pause", ofInstance(id), reason)
		}
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return store.ErrConflict
}

// tryPause keeps the pause. The sender asks for it before each attempt, so that it holds from then on.
func (e *Engine) tryPause(ctx context.Context, id int64, reason string) error {
	records, err := e.store.Get(ctx, pausedKey(id))
	if err != nil {
		return err
	}
	c := Callback{Paused: true, Reason: byHand, At: e.config.Now().UTC().Truncate(time.Second)}
	if records[0].Version > 0 {
		if err := json.Unmarshal(records[0].Value, &c); err != nil {
			return err
		}
		if reason == "" || reason == c.Reason {
			return nil
		}
	}
	if reason != "" {
		c.Reason = reason
	}
	value, err := json.Marshal(c)
	if err != nil {
		return err
	}
	_, err = store.One(e.store.Commit(ctx, store.Change{Puts: []store.Put{{Key: pausedKey(id), Expect: records[0].Version, Value: value}}}))
	e.lives.forget(id)
	return err
}
