package poll

import (
	"context"
	"errors"
	"time"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/store"
)

// DryRun is a poll that stores nothing: not a checkpoint, an event, an outcome or what the adapter wants remembered. Only tokens that have to be
// refreshed for it are stored by whoever refreshes them, for the old ones may be good no more.
type DryRun struct {
	// Checkpoint stands for the stored record of the resource's checkpoint; nil = the poll begins with the stored one. Its chunks are those stored.
	Checkpoint []byte
	// Time bounds it; looked at between pages. 0 = as any poll.
	Time time.Duration
	// Found is told each change that would be stored, and says whether that is enough: then no further page is read. Begin is called before each
	// reading of the pages, which finds all again. Both are required.
	Begin func()
	Found func(change.Change) (enough bool)
}

// DryRun polls as Poll does, and tells what would be told. The outcome Continues if not all was read.
func (p *Poller) DryRun(ctx context.Context, job Job, d DryRun) (Outcome, error) {
	kept := unstored{Store: p.Store, checkpoint: d.Checkpoint, key: CheckpointKey(job.Instance.ID, job.Resource)}
	found := &findings{DryRun: d}
	dry := &Poller{p.Config}
	dry.Store, dry.Journal, dry.Judge = kept, NewJournal(kept, p.Journal.keep, p.Logger), nil
	dry.Committed = func([]store.Notification, []store.Seq) {}
	dry.Admit = func(string, deliver.Load) bool { return !found.sated }
	if d.Time > 0 {
		dry.Limits.Time = d.Time
	}
	bounded, cancel := context.WithTimeout(ctx, 2*dry.Limits.Time)
	defer cancel()
	r := &run{Poller: dry, job: job, out: newOutcome(job, p.Now()), before: p.Journal.clock(job), found: found}
	err := r.poll(bounded)
	if ctx.Err() != nil {
		return Outcome{}, ctx.Err()
	}
	if errors.Is(err, ErrGone) {
		return Outcome{}, err
	}
	r.out.end(p.Now(), err)
	r.out.Backlogged = false // nothing waits: enough was found
	return r.out, nil
}

// findings is what a dry run has found. Nil for any other poll.
type findings struct {
	DryRun
	sated bool
}

func (f *findings) begin() {
	if f != nil {
		f.sated = false
		f.Begin()
	}
}

func (f *findings) take(changes []change.Change) {
	if f == nil {
		return
	}
	for _, c := range changes {
		f.sated = f.Found(c) || f.sated
	}
}

// unstored is a store that takes nothing, and shows one record as another.
type unstored struct {
	store.Store
	key        store.Key
	checkpoint []byte
}

func (s unstored) Get(ctx context.Context, keys ...store.Key) ([]store.Record, error) {
	records, err := s.Store.Get(ctx, keys...)
	for i := range records {
		if s.checkpoint != nil && records[i].Key == s.key && records[i].Version > 0 {
			records[i].Value = s.checkpoint
		}
	}
	return records, err
}

func (s unstored) Commit(_ context.Context, changes ...store.Change) ([]store.Outcome, error) {
	outcomes := make([]store.Outcome, len(changes))
	for i, c := range changes {
		outcomes[i].Seqs = make([]store.Seq, len(c.Emit))
	}
	return outcomes, nil
}
