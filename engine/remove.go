package engine

import (
	"context"
	"errors"
	"time"

	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/engine/schedule"
	"github.com/pollwright/pollwright/engine/store"
)

// deleteTime bounds a delete once its instance's polls have ended: it is not cut off half-way by whoever asked for it.
const deleteTime = 30 * time.Second

// DeleteInstance deletes one of the caller's instances with its credential, its checkpoints and what waits to be delivered. Polls of it that
// are under way are ended. If it fails, the instance is there as before.
func (e *Engine) DeleteInstance(ctx context.Context, caller Caller, id int64) error {
	view, err := e.Instance(ctx, caller, id)
	if err != nil {
		return err
	}
	name := idText(id)
	e.scheduler.Remove(id)
	defer e.running.forbid(name)()
	if err := e.scheduler.Wait(ctx, id); err != nil {
		e.scheduleAgain(context.WithoutCancel(ctx), id)
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deleteTime)
	defer cancel()
	if err := e.deleteRecords(ctx, instanceKey(id), e.credentialKey(name), poll.MemoKey(id), stoppedKey(id), pausedKey(id)); err != nil {
		e.scheduleAgain(ctx, id)
		return err
	}
	e.note(ctx, caller, "instance.delete", ofInstance(id), view.Name)
	e.lives.forget(id)
	e.credentials.Forget(credentialRef(name))
	e.journal.Forget(id)
	e.streaks.forget(name)
	e.held.release(name)
	for _, r := range view.Resources {
		e.backfills.Delete(name + "/" + r.Name)
	}
	if err := e.forgetCredential(ctx, view.Instance); err != nil {
		e.log.Warn("shared credential of a deleted instance not looked after", "instance", id, "err", err) // the keeper will
	}
	e.sender.Refresh(name) // it finds that the instance is gone and drops what waits
	if err := deliver.DropDeadLetters(ctx, e.store, name); err != nil {
		e.log.Warn("dead letters of a deleted instance not removed", "instance", id, "err", err)
	}
	// What is in a request now is erased when it expires.
	if err := errors.Join(e.store.Forget(ctx, name), e.dropRedeliveries(ctx, id)); err != nil {
		e.log.Warn("events of a deleted instance not removed", "instance", id, "err", err)
	}
	names := view.Dropped
	for i := range view.Resources {
		names = append(names, poll.CheckpointKey(id, &view.Resources[i]).Name)
	}
	for _, name := range names {
		if err := e.deleteCheckpoint(ctx, store.Key{Partition: instanceKey(id).Partition, Name: name}); err != nil {
			// The instance is gone; what is left of its checkpoint is only space.
			e.log.Warn("checkpoint of a deleted instance not removed", "instance", id, "checkpoint", name, "err", err)
		}
	}
	return nil
}

// scheduleAgain puts an instance back on the schedule after a change of it failed, unless it is gone or its polling was stopped.
func (e *Engine) scheduleAgain(ctx context.Context, id int64) {
	e.lives.forget(id)
	in, err := e.lives.get(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return
	}
	stopped, stopErr := e.stopped(ctx, id)
	if err = errors.Join(err, stopErr); err != nil {
		e.log.Error("instance not scheduled again", "instance", id, "err", err)
		return
	}
	if stopped == nil {
		e.schedule(in.Instance, schedule.Spread)
	}
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

// dropUnless deletes the records of a term that are not good any more. One that is in use is left for the next time.
func (e *Engine) dropUnless(ctx context.Context, term store.Term, good func(store.Record) bool) error {
	return e.each(ctx, term, func(rec store.Record) error {
		if good(rec) {
			return nil
		}
		err := e.deleteRecords(ctx, rec.Key)
		if errors.Is(err, store.ErrConflict) {
			return nil
		}
		return err
	})
}
