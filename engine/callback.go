package engine

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/store"
)

// Callback is how the callback of an instance fares.
type Callback struct {
	// Paused: nothing is sent until it is resumed; what waits is kept.
	Paused bool      `json:"paused"`
	Reason string    `json:"reason,omitempty"` // why it is paused
	At     time.Time `json:"at,omitzero"`      // when it was
	Faults int       `json:"faults,omitempty"` // in a row, of a callback that is tried again
	Since  time.Time `json:"since,omitzero"`   // the first of them
	Fault  string    `json:"fault,omitempty"`  // the last of them, in words
	Next   time.Time `json:"next,omitzero"`    // when it is tried again
	// Waiting is what waits to be delivered. Full: it has reached the bound, and polling waits until half of it is delivered.
	Waiting deliver.Load `json:"waiting,omitzero"`
	Full    bool         `json:"full,omitempty"`
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
	e.lives.forget(id)                     // whatever became of the commit: the target is kept there
	if errors.Is(err, store.ErrConflict) { // it is kept already
		return nil
	}
	if err == nil {
		e.noteOwn(ctx, id, "callback.pause", p.Reason)
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
		if err := json.Unmarshal(records[0].Value, &c); err != nil {
			return c, err
		}
	} else {
		state := e.sender.Callback(idText(id))
		c = Callback{Faults: state.Faults, Since: state.Since, Fault: state.Why, Next: state.Next}
	}
	c.Waiting, c.Full = e.sender.Backlog(idText(id))
	return c, nil
}

// ResumeCallback lets a paused callback be tried again, at once.
func (e *Engine) ResumeCallback(ctx context.Context, caller Caller, id int64) error {
	if _, err := e.Instance(ctx, caller, id); err != nil {
		return err
	}
	if err := e.resumeCallback(ctx, id); err != nil {
		return err
	}
	e.note(ctx, caller, "callback.resume", ofInstance(id), "")
	return nil
}

func (e *Engine) resumeCallback(ctx context.Context, id int64) error {
	err := e.deleteRecords(ctx, pausedKey(id))
	e.lives.forget(id)
	if err != nil {
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

// Redeliver sends a dead letter again, with its webhook id and its bytes. A *ConflictError says that too much waits.
func (e *Engine) Redeliver(ctx context.Context, caller Caller, id int64, letter string) error {
	if _, err := e.Instance(ctx, caller, id); err != nil {
		return err
	}
	key, err := letterOf(id, letter)
	if err != nil {
		return err
	}
	if err = e.admitRedelivery(ctx, id); err != nil {
		return err
	}
	if err = e.sender.SendAgain(ctx, key); errors.Is(err, deliver.ErrNoDeadLetter) {
		return ErrNotFound
	}
	if err == nil {
		e.note(ctx, caller, "deadletter.redeliver", ofInstance(id)+"/deadletters/"+letter, "")
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
