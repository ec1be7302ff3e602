package engine

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/store"
)

// Of why a callback is paused.
const (
	byHand    = "paused by hand"
	maxReason = 500 // bytes
)

// Callback is how the callback of an instance fares.
type Callback struct {
	// Paused: nothing is sent until it is resumed; what waits is kept.
	Paused bool      `json:"paused"`
	Reason string    `json:"reason,omitempty"` // why it is paused
	At     time.Time `json:"at,omitzero"`      // when it was
	Faults int       `json:"faults,omitempty"` // in a row, of a callback that is tried again
	Since  time.Time `json:"since,omitzero"`   // the first of them
}

// DeadLetter is a notification that its callback refused until its retries were used up.
type DeadLetter struct {
	ID           string          `json:"id"`        // for redelivery
	Notification string          `json:"webhookId"` // as sent
	At           time.Time       `json:"at"`        // when it was given up
	Attempts     int             `json:"attempts"`
	Status       int             `json:"status,omitempty"` // of the last attempt; 0 = no answer
	Fault        string          `json:"fault,omitempty"`
	Payload      json.RawMessage `json:"payload,omitempty"`
}

func pausedKey(id int64) store.Key {
	name := idText(id)
	return store.Key{Partition: store.PartitionOf(name), Name: "paused/" + name}
}

// pauseCallback keeps that a callback is paused, so that a restart does not try it again.
func (e *Engine) pauseCallback(ctx context.Context, p deliver.Pause) error {
	id, err := parseID(p.Instance)
	if err != nil {
		return err
	}
	value, err := json.Marshal(Callback{Paused: true, Reason: p.Reason, At: p.At, Since: p.Since, Faults: p.Faults})
	if err != nil {
		return err
	}
	_, err = store.One(e.store.Commit(ctx, store.Change{Puts: []store.Put{{Key: pausedKey(id), Value: value}}}))
	if errors.Is(err, store.ErrConflict) { // it is kept already
		return nil
	}
	return err
}

// callback tells how an instance's callback fares.
func (e *Engine) callback(ctx context.Context, id int64) (c Callback, err error) {
	records, err := e.store.Get(ctx, pausedKey(id))
	if err != nil {
		return c, err
	}
	if records[0].Version > 0 {
		return c, json.Unmarshal(records[0].Value, &c)
	}
	state := e.sender.Callback(idText(id))
	return Callback{Faults: state.Faults, Since: state.Since}, nil
}

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
		if err := e.tryPause(ctx, id, reason); !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return store.ErrConflict
}

// tryPause keeps the pause. The sender asks for it before each attempt, so that it holds from the commit on.
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
	return err
}

// ResumeCallback lets a paused callback be tried again, at once.
func (e *Engine) ResumeCallback(ctx context.Context, caller Caller, id int64) error {
	if _, err := e.Instance(ctx, caller, id); err != nil {
		return err
	}
	return e.resumeCallback(ctx, id)
}

func (e *Engine) resumeCallback(ctx context.Context, id int64) error {
	if err := e.deleteRecords(ctx, pausedKey(id)); err != nil {
		return err
	}
	e.sender.Resume(idText(id))
	return nil
}

// DeadLetters lists up to n dead letters of an instance behind the given id ("" = from the oldest), oldest first, and the id for the next page.
func (e *Engine) DeadLetters(ctx context.Context, caller Caller, id int64, after string, n int) (list []DeadLetter, next string, err error) {
	if _, err := e.Instance(ctx, caller, id); err != nil {
		return nil, "", err
	}
	key := store.Key{}
	if after != "" {
		if key, err = letterOf(id, after); err != nil {
			return nil, "", err
		}
	}
	letters, err := deliver.DeadLetters(ctx, e.store, idText(id), time.Time{}, key, n+1)
	if err != nil {
		return nil, "", err
	}
	list = []DeadLetter{}
	for i, d := range letters {
		if i == n {
			return list, list[n-1].ID, nil
		}
		list = append(list, letterView(d))
	}
	return list, "", nil
}

// DeadLetter reads one with its payload, or returns ErrNotFound.
func (e *Engine) DeadLetter(ctx context.Context, caller Caller, id int64, letter string) (DeadLetter, error) {
	if _, err := e.Instance(ctx, caller, id); err != nil {
		return DeadLetter{}, err
	}
	key, err := letterOf(id, letter)
	if err != nil {
		return DeadLetter{}, err
	}
	d, err := deliver.ReadDeadLetter(ctx, e.store, key)
	if errors.Is(err, deliver.ErrNoDeadLetter) {
		return DeadLetter{}, ErrNotFound
	}
	return letterView(d), err
}

// Redeliver sends a dead letter again, with its webhook id and its bytes.
func (e *Engine) Redeliver(ctx context.Context, caller Caller, id int64, letter string) error {
	if _, err := e.Instance(ctx, caller, id); err != nil {
		return err
	}
	key, err := letterOf(id, letter)
	if err != nil {
		return err
	}
	if err = e.sender.SendAgain(ctx, key); errors.Is(err, deliver.ErrNoDeadLetter) {
		return ErrNotFound
	}
	return err
}

func letterView(d deliver.DeadLetter) DeadLetter {
	return DeadLetter{
		ID: base64.RawURLEncoding.EncodeToString([]byte(d.Key.Name)), Notification: d.Notification, At: d.At, Attempts: d.Attempts,
		Status: d.Status, Fault: string(d.Fault), Payload: d.Payload,
	}
}

// letterOf takes an id back to its key. One of another instance is not found.
func letterOf(id int64, letter string) (store.Key, error) {
	name, err := base64.RawURLEncoding.DecodeString(letter)
	prefix := "deadletter/" + idText(id) + "/"
	if err != nil || len(name) <= len(prefix) || string(name[:len(prefix)]) != prefix {
		return store.Key{}, fmt.Errorf("dead letter %q: %w", letter, ErrNotFound)
	}
	return store.Key{Partition: store.PartitionOf(idText(id)), Name: string(name)}, nil
}
