package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/store"
)

// droppedTerm finds the instances that have checkpoints to be deleted.
var droppedTerm = store.Term{Name: "instance-dropped", Value: "all"}

// dropCheckpoints deletes the former checkpoints of an instance, and then forgets them.
func (e *Engine) dropCheckpoints(ctx context.Context, id int64) error {
	e.lives.forget(id)
	in, err := e.lives.get(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, name := range in.Dropped {
		if err := e.deleteCheckpoint(ctx, store.Key{Partition: instanceKey(id).Partition, Name: name}); err != nil {
			return err
		}
	}
	return e.rewrite(ctx, id, func(now *instance.Instance) {
		now.Dropped = slices.DeleteFunc(now.Dropped, func(name string) bool { return slices.Contains(in.Dropped, name) })
	})
}

// rewrite changes what is stored of an instance itself.
func (e *Engine) rewrite(ctx context.Context, id int64, change func(*instance.Instance)) error {
	defer e.lives.forget(id)
	for range updateTries {
		e.lives.forget(id)
		old, err := e.lives.get(ctx, id)
		if err != nil {
			return err
		}
		in := *old.Instance
		in.Dropped = slices.Clone(in.Dropped)
		change(&in)
		value, err := json.Marshal(in)
		if err != nil {
			return err
		}
		token, err := e.vault.Open(in.SealedToken, []byte("token/"+idText(id)))
		if err != nil {
			return fmt.Errorf("token of instance %d: %w", id, err)
		}
		_, err = store.One(e.store.Commit(ctx, store.Change{Puts: []store.Put{
			{Key: instanceKey(id), Expect: old.version, Value: value, Index: instanceTerms(&in, string(token))},
		}}))
		if !errors.Is(err, store.ErrConflict) {
			return e.inDoubt(ctx, id, err)
		}
	}
	return fmt.Errorf("change instance %d: %w", id, store.ErrConflict)
}
