package engine

import (
	"context"
	"errors"

	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/engine/store"
)

// DeleteInstance deletes one of the caller's instances with its credential, its checkpoints and what waits to be delivered.
func (e *Engine) DeleteInstance(ctx context.Context, caller Caller, id int64) error {
	if _, err := e.Instance(ctx, caller, id); err != nil {
		return err
	}
	in, err := e.lives.get(ctx, id)
	if err != nil {
		return err
	}
	name := idText(id)
	e.scheduler.Remove(name)
	if err := e.scheduler.Wait(ctx, name); err != nil { // its polls end by their own deadline
		e.schedule(in.Instance, 0)
		return err
	}
	if err := e.deleteRecords(ctx, instanceKey(id), e.credentialKey(name), poll.MemoKey(id), stoppedKey(id)); err != nil {
		return err
	}
	e.lives.forget(id)
	e.journal.Forget(id)
	e.forgetCredential(name)
	e.sender.Refresh(name) // it finds that the instance is gone and drops what waits
	for _, r := range in.Resources {
		if err := e.deleteCheckpoint(ctx, poll.CheckpointKey(id, r.Name)); err != nil {
			return err
		}
	}
	return nil
}

// deleteRecords deletes records of one partition together; a record that is not there is left out.
func (e *Engine) deleteRecords(ctx context.Context, keys ...store.Key) error {
	for range tries {
		records, err := e.store.Get(ctx, keys...)
		if err != nil {
			return err
		}
		var puts []store.Put
		for _, rec := range records {
			if rec.Version > 0 {
				puts = append(puts, store.Put{Key: rec.Key, Expect: rec.Version})
			}
		}
		if len(puts) == 0 {
			return nil
		}
		_, err = store.One(e.store.Commit(ctx, store.Change{Puts: puts}))
		if !errors.Is(err, store.ErrConflict) { // a token may be refreshed meanwhile: read again
			return err
		}
	}
	return store.ErrConflict
}

// deleteCheckpoint deletes a seen-set of any size, in steps, and then its checkpoint.
func (e *Engine) deleteCheckpoint(ctx context.Context, key store.Key) error {
	for {
		records, err := e.store.Get(ctx, key)
		if err != nil || records[0].Version == 0 {
			return err
		}
		chunks, err := e.store.Chunks(ctx, key, "", 256)
		if err != nil {
			return err
		}
		if len(chunks) < 256 {
			return e.deleteRecords(ctx, key)
		}
		c := store.Change{Puts: []store.Put{{Key: key, Expect: records[0].Version, Value: records[0].Value}}}
		for _, chunk := range chunks {
			c.Side = append(c.Side, store.Chunk{Key: key, ID: chunk.ID})
		}
		if _, err := store.One(e.store.Commit(ctx, c)); err != nil {
			return err
		}
	}
}
