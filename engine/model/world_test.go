package model

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/engine/store/faultstore"
	"github.com/pollwright/pollwright/engine/store/memstore"
	"github.com/pollwright/pollwright/sdk"
)

// stats is what a run was made of.
type stats struct {
	states, polls, read, told, open, faults, unstable, scans int
}

func (s stats) add(o stats) stats {
	return stats{s.states + o.states, s.polls + o.polls, s.read + o.read, s.told + o.told, s.open + o.open, s.faults + o.faults, s.unstable + o.unstable, s.scans + o.scans}
}

func (s stats) String() string {
	return fmt.Sprintf("%7d records, read %9d times in %6d polls (%5d complete, %4d faulted, %4d unstable), %7d told, %4d unseen",
		s.states, s.read, s.polls, s.scans, s.faults, s.unstable, s.told, s.open)
}

// world is one run: the provider, the real poller over a store, and the model.
type world struct {
	*provider
	kept   store.Store // what the poller's commits come to
	store  *faulty     // what the poller sees of it
	poller *poll.Poller
	job    poll.Job
	mark   int64
	nested bool
	mutant change.Mutant
	patch  *patch // to come in the midst of the poll
	broken bool   // a rule is broken: that must show in what is told, not only in the mark
	saved  int    // the moment when the scan began that a later poll may go on with; 0 = none
	rested int    // ledger.shows throughout the last poll, if that was a complete scan; else -1
}

// play runs a script, and says what promise was broken.
func play(s script, mutant change.Mutant) (stats, error) {
	w, err := newWorld(s, mutant)
	if err != nil {
		return stats{}, err
	}
	for _, v := range s.visits {
		w.visit(v)
		if w.ledger.err != nil {
			return w.stats, w.ledger.err
		}
	}
	w.settle()
	w.count()
	return w.stats, w.ledger.err
}

func newWorld(s script, mutant change.Mutant) (*world, error) {
	w := &world{provider: newProvider(s, newLedger(s.settings)), broken: mutant != "", rested: -1}
	now := func() time.Time { return w.now }
	w.kept = memstore.New(now)
	w.store = &faulty{Store: faultstore.New(w.kept, w.fate)}
	w.store.Wait = func() { w.advance(w.now.Add(slowCommit)) }
	w.mutant = mutant
	var err error
	if w.job, err = w.configure(patch{overlap: w.overlap, tolerance: w.tolerance}); err != nil {
		return nil, err
	}
	first, err := poll.First(w.job.Instance.ID, w.job.Resource, w.job.Plan, s.start)
	if err != nil {
		return nil, err
	}
	if _, err := store.One(w.kept.Commit(context.Background(), store.Change{Puts: []store.Put{first}})); err != nil {
		return nil, err
	}
	return w, w.open()
}

// patched changes the instance as the engine does: the checkpoint is kept, and its window is cut to what is remembered.
func (w *world) patched(p patch) error {
	job, err := w.configure(p)
	if err != nil {
		return err
	}
	ctx, key := context.Background(), poll.CheckpointKey(job.Instance.ID, job.Resource)
	records, err := w.kept.Get(ctx, key)
	if err != nil {
		return err
	}
	value, changed, err := change.Widen(records[0].Value, w.job.Plan.Rule, job.Plan.Rule)
	if err != nil {
		return err
	}
	if changed {
		_, err = store.One(w.kept.Commit(ctx, store.Change{Puts: []store.Put{{Key: key, Expect: records[0].Version, Value: value}}}))
	}
	w.job, w.provider.pageSize = job, p.pageSize
	return err
}

func (w *world) configure(p patch) (poll.Job, error) {
	date := func(field string) instance.DateField {
		return instance.DateField{Field: field, Format: w.pattern, Zone: w.zone}
	}
	resource := &instance.Resource{
		Name: "records", Reads: "records", URL: "/hubs/general/records?where=updated>='${epoch}'",
		Fields:      instance.Fields{ID: "id", Updated: date("updated"), Created: date("created")},
		HashContent: w.unit >= time.Second, Overlap: p.overlap, Tolerance: p.tolerance, PageSize: p.pageSize,
	}
	plan, err := resource.Compile()
	if err != nil {
		return poll.Job{}, err
	}
	plan.Rule.Mutant = w.mutant
	return poll.Job{
		Instance: &instance.Instance{ID: 42, Name: "Model", Element: "model", Resources: []instance.Resource{*resource}},
		Resource: resource, Plan: plan, Adapter: w.provider, Provider: w.provider,
		Element: sdk.Manifest{Key: "model", Name: "Model", Hub: "general", Resources: []sdk.Resource{{Name: "records", Path: "/records", Since: []string{"updated"}}}},
		Source:  deliver.Source{InstanceID: 42, InstanceName: "Model", ElementKey: "model", Hub: "general", Resource: "records", Lanes: w.lanes},
	}, nil
}

// open starts the poller, as after a start of the program: nothing is left but the store.
func (w *world) open() (err error) {
	log := slog.New(slog.DiscardHandler)
	w.poller, err = poll.New(poll.Config{
		Store: w.store, Journal: poll.NewJournal(w.store, 7*24*time.Hour, log), Now: func() time.Time { return w.now }, Limits: w.limits, Logger: log,
	})
	return err
}
