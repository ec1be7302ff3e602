package deliver

import (
	"context"
	"errors"
	"fmt"

	"github.com/pollwright/pollwright/engine/store"
)

// ErrWaits: the notification waits to be delivered, so there is nothing to send again.
var ErrWaits = errors.New("the notification waits to be delivered")

// Again is what a commit must hold for a notification to be sent again, with its id and its bytes, at the end of its lane; a dead letter
// is one no more then. Give its Emit to Sender.Take after the commit. It returns ErrWaits, or ErrNoNotification if it is kept no more.
//
// Invariant 8 speaks of first sendings: this one comes late, and receivers compare dates.
func Again(ctx context.Context, s store.Store, row Listed) (store.Change, error) {
	if row.Waiting {
		return store.Change{}, ErrWaits
	}
	if row.Fate.State == StateDeadLetter {
		d, err := ReadDeadLetter(ctx, s, row.Fate.Letter)
		if errors.Is(err, ErrNoDeadLetter) {
			err = ErrWaits // somebody else has just sent it again
		}
		return d.again(), err
	}
	if len(row.Payload) == 0 {
		k, err := s.Recall(ctx, row.Lane.Instance, row.Seq)
		if err == nil && k.Seq == 0 {
			err = ErrNoNotification
		}
		if err != nil {
			return store.Change{}, fmt.Errorf("recall notification: %w", err)
		}
		row.Payload = k.Payload
	}
	return store.Change{Emit: []store.Notification{again(row.Notification)}}, nil
}

func (d DeadLetter) again() store.Change {
	row := store.Notification{Lane: d.Lane, ID: d.Notification, Events: d.Meta.Events, Meta: d.meta, Payload: d.Payload}
	return store.Change{Puts: []store.Put{{Key: d.Key, Expect: d.version}}, Emit: []store.Notification{again(row)}}
}

func again(row store.Notification) store.Notification {
	if meta, err := ReadMeta(row.Meta); err == nil { // else it stays as it is
		meta.Redelivery = true
		row.Meta = meta.encode()
	}
	row.Seq = 0
	return row
}

// Repeat commits Again and wakes the sender. Any other error than Again's may mean that it was committed all the same.
func (s *Sender) Repeat(ctx context.Context, row Listed) error {
	c, err := Again(ctx, s.cfg.Store, row)
	if err != nil {
		return err
	}
	out, err := store.One(s.cfg.Store.Commit(ctx, c))
	switch {
	case errors.Is(err, store.ErrConflict):
		return ErrWaits // somebody else has sent the dead letter again
	case err != nil:
		s.Take(c.Emit, nil)
		return fmt.Errorf("send notification again: %w", err)
	}
	s.Take(c.Emit, out.Seqs)
	return nil
}
