package deliver

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pollwright/pollwright/engine/store"
)

// ErrNoNotification: there is no such notification, or it is kept no more.
var ErrNoNotification = errors.New("there is no such notification")

const (
	// findNew is how many of the newest notifications are looked at first: one that was just sent again is there, and nowhere else.
	findNew = 1000
	// findAll is how many are looked at in the end.
	findAll = 200_000
)

// Find reads a notification with its payload, by its own id or by that of one of its events, or returns ErrNoNotification. Of several
// sendings it is the newest. A notification that was attempted is found by its log, a dead letter by its index; for any other, and for the
// id of an event, Find reads the metas of the instance, newest first, findAll at most: about a second for all of them.
func Find(ctx context.Context, s store.Store, instance, id string, paused bool) (Listed, error) {
	k, err := find(ctx, s, instance, id)
	if err != nil {
		return Listed{}, fmt.Errorf("find notification: %w", err)
	}
	meta, _ := ReadMeta(k.Meta) // it is shown without
	fate, err := FateOf(ctx, s, k, paused)
	return Listed{k, meta, fate}, err
}

func find(ctx context.Context, s store.Store, instance, id string) (store.Kept, error) {
	for _, look := range []func(context.Context, store.Store, string, string) (store.Kept, error){findRecent, findTried, findLetter, findAny} {
		if k, err := look(ctx, s, instance, id); err != nil || k.Seq > 0 {
			return k, err
		}
	}
	return store.Kept{}, ErrNoNotification
}

func findRecent(ctx context.Context, s store.Store, instance, id string) (store.Kept, error) {
	return search(ctx, s, instance, findNew, func(k store.Kept) bool { return k.ID == id })
}

func findTried(ctx context.Context, s store.Store, instance, id string) (store.Kept, error) {
	logged, err := attempts(ctx, s, instance, id)
	if err != nil {
		return store.Kept{}, err
	}
	for _, a := range logged {
		if a.seq == 0 {
			continue
		}
		if k, err := s.Recall(ctx, instance, a.seq); err != nil || k.ID == id {
			return k, err
		}
	}
	return store.Kept{}, nil
}

// findLetter makes a dead letter look like the row that it was: the row itself may have expired.
func findLetter(ctx context.Context, s store.Store, instance, id string) (store.Kept, error) {
	d, found, err := letterOf(ctx, s, instance, id)
	if err != nil || !found {
		return store.Kept{}, err
	}
	if d, err = ReadDeadLetter(ctx, s, d.Key); errors.Is(err, ErrNoDeadLetter) {
		return store.Kept{}, nil
	}
	return d.kept(), err
}

func (d DeadLetter) kept() store.Kept {
	return store.Kept{Notification: store.Notification{
		Lane: d.Lane, Seq: d.seq, ID: d.Notification, Events: d.Meta.Events, Meta: d.meta, Payload: d.Payload,
	}}
}

func findAny(ctx context.Context, s store.Store, instance, id string) (store.Kept, error) {
	return search(ctx, s, instance, findAll, func(k store.Kept) bool {
		if k.ID == id {
			return true
		}
		meta, _ := ReadMeta(k.Meta)
		told, _ := meta.Told() // what cannot be read is not found by its events
		return slices.ContainsFunc(told, func(t Told) bool { return t.EventID == id })
	})
}

// search reads up to most metas, newest first, for the first one that matches, and recalls it.
func search(ctx context.Context, s store.Store, instance string, most int, match func(store.Kept) bool) (store.Kept, error) {
	before := store.Seq(0)
	for ; most > 0; most -= scanStep {
		rows, err := s.Kept(ctx, instance, before, scanStep)
		if err != nil {
			return store.Kept{}, err
		}
		for _, k := range rows {
			if match(k) {
				return s.Recall(ctx, instance, k.Seq)
			}
			before = k.Seq
		}
		if len(rows) < scanStep {
			break
		}
	}
	return store.Kept{}, nil
}
