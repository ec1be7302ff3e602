package engine

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/egress"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/engine/store"
)

// Bounds on trials.
const (
	trialRecords = 5 // shown of a resource
	trialsAtOnce = 4
)

// Trial is what the first look at a resource of an instance that is not there yet would find.
type Trial struct {
	Outcome
	// Told: Found would be told at the first poll, since the resource has a start. Otherwise they would be remembered, and told when they change.
	Told      bool         `json:"told"`
	Found     []TrialEvent `json:"found"`     // up to 5, in the order of their detection
	Truncated bool         `json:"truncated"` // there may be more
}

// TrialEvent is a record as an event would tell it.
type TrialEvent struct {
	EventChange
	Record json.RawMessage `json:"record,omitempty"` // as the provider wrote it
}

// TryInstance checks a POST body as Create would, and reads the provider once for each resource that would be polled. No instance is made. It
// is not for elements whose provider asks a user for consent: the code would be spent. Errors: those of CheckInstance, *ConflictError,
// *BusyError.
func (e *Engine) TryInstance(ctx context.Context, caller Caller, element string, body []byte) ([]Trial, error) {
	el, err := e.Element(element)
	if err != nil {
		return nil, err
	}
	if el.Consents() {
		return nil, &ConflictError{el.Name + " asks a user for consent first; when the instance is made, a dry run of each of its resources is possible"}
	}
	draft, el, err := e.draft(Creation{Body: body, Element: el.Key})
	if err != nil {
		return nil, err
	}
	draft.HTTPSCallbacks = e.config.HTTPSCallbacks
	made, err := instance.New(draft, el.Manifest, e.config.Now())
	if err != nil {
		return nil, err
	}
	if n := e.trials.Add(1); n > trialsAtOnce {
		e.trials.Add(-1)
		return nil, &BusyError{"as many dry runs of new instances as there may be are running; try again in a moment"}
	}
	defer e.trials.Add(-1)
	made.Instance.Organization, made.Instance.User, made.Instance.ID = caller.Organization, caller.User, randomID()
	return e.try(ctx, made, el)
}

// try keeps the credential while it lasts: whatever sends requests finds it where it finds every other.
func (e *Engine) try(ctx context.Context, made *instance.Made, el Element) (all []Trial, err error) {
	in := &live{Instance: made.Instance, plans: map[string]*instance.Plan{}}
	values, err := e.values(made)
	if err != nil {
		return nil, err
	}
	put, err := e.credentialPut(idText(in.ID), values)
	if err != nil {
		return nil, err
	}
	put.Index = append(put.Index, trialTerm)
	if _, err := store.One(e.store.Commit(ctx, store.Change{Puts: []store.Put{put}})); err != nil {
		return nil, err
	}
	defer func() {
		e.limits.Remove(idText(in.ID))
		err = errors.Join(err, e.deleteRecords(context.WithoutCancel(ctx), put.Key))
	}()
	ctx, cancel := context.WithTimeout(ctx, e.config.HandWait)
	defer cancel()
	for n := range in.Resources {
		t, err := e.tryResource(ctx, in, &in.Resources[n], el)
		if errors.Is(err, context.DeadlineExceeded) {
			return all, &ConflictError{"the provider did not answer in time for a dry run"}
		}
		if err != nil {
			return all, err
		}
		all = append(all, t)
	}
	return all, nil
}

// tryResource reads from the beginning, unless the resource has a start: at its own beginning a watch tells nothing.
func (e *Engine) tryResource(ctx context.Context, in *live, r *instance.Resource, el Element) (t Trial, err error) {
	t.Told = r.Start != ""
	from := *r
	if from.Start == "" {
		from.Start = "beginning"
	}
	plan, err := from.Compile()
	if err != nil {
		return t, err
	}
	first, err := poll.First(in.ID, &from, plan, e.config.Now())
	if err != nil {
		return t, err
	}
	dry := *e.poller
	dry.Store = trialStore{e.store, first}
	out, err := dry.DryRun(ctx, e.newJob(ctx, in, &from, plan, el, egress.Now), poll.DryRun{
		Time:  e.handTime(),
		Begin: func() { t.Found, t.Truncated = []TrialEvent{}, false },
		Found: func(c change.Change) bool {
			if len(t.Found) == trialRecords {
				t.Truncated = true
				return true
			}
			t.Found = append(t.Found, trialEvent(in.ID, r.Name, c))
			return false
		},
	})
	t.Outcome, t.Truncated = out, t.Truncated || out.Continues
	return t, err
}

func trialEvent(id int64, resource string, c change.Change) TrialEvent {
	return TrialEvent{EventChange{
		ID: change.EventID(idText(id), resource, c), ObjectID: deliver.ShortObjectID(c.ObjectID), Type: string(c.Kind), Date: c.Date,
	}, c.Record}
}

// trialStore shows one checkpoint that is not stored.
type trialStore struct {
	store.Store
	first store.Put
}

func (s trialStore) Get(ctx context.Context, keys ...store.Key) ([]store.Record, error) {
	records, err := s.Store.Get(ctx, keys...)
	for i := range records {
		if records[i].Key == s.first.Key {
			records[i].Version, records[i].Value = 1, s.first.Value
		}
	}
	return records, err
}

// trialTerm finds the credentials of trials.
var trialTerm = store.Term{Name: "trial", Value: "all"}

// dropTrials deletes what a crash has left of trials. It is called before there are any.
func (e *Engine) dropTrials(ctx context.Context) error {
	return e.each(ctx, trialTerm, func(rec store.Record) error { return e.deleteRecords(ctx, rec.Key) })
}
