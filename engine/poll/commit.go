package poll

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/store"
)

// ErrGone: the instance, or its resource, was deleted.
var ErrGone = errors.New("the instance is gone")

// errStale: another writer moved the checkpoint. Nothing of this commit was stored.
var errStale = &FaultError{Kind: KindStore, Message: "the checkpoint was moved meanwhile, by another poll or a rewind; the rest of this one was not stored"}

// CheckpointKey is where a resource's checkpoint lies. Each watch of it has its own: what is left of a former one cannot be taken for it.
func CheckpointKey(instanceID int64, r *instance.Resource) store.Key {
	id, kind := strconv.FormatInt(instanceID, 10), "checkpoint"
	if r.Watch > 0 {
		kind += "@" + strconv.Itoa(r.Watch)
	}
	return store.Key{Partition: store.PartitionOf(id), Name: kind + "/" + id + "/" + r.Name}
}

// First is the checkpoint of a resource that begins to be watched, to be stored together with its instance.
func First(instanceID int64, r *instance.Resource, plan *instance.Plan, now time.Time) (store.Put, error) {
	if plan.Hash != nil {
		value, _, err := change.NewHashes(now).Save()
		return store.Put{Key: CheckpointKey(instanceID, r), Value: value}, err
	}
	cp, err := r.Checkpoint(plan, now)
	if err != nil {
		return store.Put{}, err
	}
	value, _, err := cp.Save()
	return store.Put{Key: CheckpointKey(instanceID, r), Value: value}, err
}

// loadDetector reads the checkpoint of the resource and begins a scan with it.
func loadDetector(ctx context.Context, s store.Store, job Job, now time.Time) (store.Record, detector, error) {
	rec, chunks, err := loadCheckpoint(ctx, s, CheckpointKey(job.Instance.ID, job.Resource))
	if err != nil {
		return rec, nil, err
	}
	if rule := job.Plan.Hash; rule != nil {
		state, err := change.LoadHashes(rec.Value, chunks)
		if err != nil {
			return rec, nil, err
		}
		return rec, newContents(*rule, state, now), nil
	}
	cp, err := change.Load(job.Plan.Rule, rec.Value, chunks)
	if err != nil {
		return rec, nil, err
	}
	det := newDates(job.Plan.Rule, cp)
	if to, _ := cp.Rewound(); !to.IsZero() {
		recall, err := loadRecall(ctx, s, job, to)
		if err != nil {
			return rec, nil, err
		}
		det.scan.Recall(recall)
	}
	return rec, det, nil
}

func loadCheckpoint(ctx context.Context, s store.Store, key store.Key) (rec store.Record, chunks []change.Chunk, err error) {
	records, err := s.Get(ctx, key)
	if err != nil {
		return rec, nil, storeFault("read checkpoint", err)
	}
	rec = records[0]
	if rec.Version == 0 {
		return rec, nil, ErrGone
	}
	if !change.HasChunks(rec.Value) {
		return rec, nil, nil
	}
	for after := ""; ; {
		some, err := s.Chunks(ctx, key, after, 256)
		if err != nil {
			return rec, nil, storeFault("read checkpoint", err)
		}
		for _, c := range some {
			chunks = append(chunks, change.Chunk{ID: c.ID, Value: c.Value})
			after = c.ID
		}
		if len(some) < 256 {
			break
		}
	}
	return rec, chunks, nil
}

// store commits checkpoint, notifications and, with the last commit of a poll, its outcome: all or nothing.
func (r *run) store(ctx context.Context, last bool) error {
	defer r.timed(&r.out.Phases.Store)()
	value, chunks, err := r.det.save()
	if err != nil {
		return err
	}
	key := CheckpointKey(r.job.Instance.ID, r.job.Resource)
	source := r.job.Source
	source.PollDate = r.out.Time
	// Invariants 2 and 4: the checkpoint moves only together with the events it passes, and only from the version that was read.
	c := store.Change{Puts: []store.Put{{Key: key, Expect: r.version, Value: value}}, Emit: deliver.Form(source, r.pending)}
	for _, chunk := range chunks {
		c.Side = append(c.Side, store.Chunk{Key: key, ID: chunk.ID, Value: chunk.Value})
	}
	if c.Log, err = r.toldRows(); err != nil {
		return err
	}
	if last {
		rows, err := r.outcomeRows()
		if err != nil {
			return err
		}
		c.Log = append(c.Log, rows...)
	}
	_, end := r.Trace(ctx, "commit", time.Time{}, idsOf(c.Emit))
	outcome, err := store.One(r.Store.Commit(ctx, c))
	end(err)
	switch {
	case errors.Is(err, store.ErrConflict):
		return errStale
	case err != nil:
		// Unknown: it may have been stored all the same. Let the sender look.
		r.Committed(c.Emit, nil)
		return storeFault("commit", err)
	}
	r.version++
	r.logged = r.logged || last
	r.told()
	r.Committed(c.Emit, outcome.Seqs)
	r.keepMemo(ctx)
	return nil
}

// keepMemo stores what the adapter wants remembered. Without it the adapter only asks more the next time: the poll does not fail by it.
func (r *run) keepMemo(ctx context.Context) {
	if err := r.memo.save(ctx, r.Store); err != nil {
		r.Logger.Warn("memo not kept", "instance", r.job.Instance.ID, "resource", r.job.Resource.Name, "err", err)
	}
}

func (r *run) told() {
	r.found.take(r.pending)
	for _, c := range r.pending {
		switch c.Kind {
		case change.Created:
			r.out.told.Created++
		case change.Updated:
			r.out.told.Updated++
		case change.Deleted:
			r.out.told.Deleted++
		}
	}
	r.pending, r.bytes = nil, 0
}

// outcomeRows are the outcome as it will be, for the commit that ends the poll.
func (r *run) outcomeRows() ([]store.Entry, error) {
	done := r.out
	done.Mark.After = r.det.mark()
	done.end(r.Now(), nil)
	return r.Journal.rows(done)
}
