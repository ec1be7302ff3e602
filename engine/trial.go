package engine

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/credential"
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
func (e *Engine) TryInstance(ctx context.Context, caller Caller, element string, body []byte) (all []Trial, err error) {
	err = e.try(ctx, caller, element, body, func(ctx context.Context, in *live, el Element) error {
		if el.Consents() {
			return &ConflictError{el.Name + " asks a user for consent first; when the instance is made, a dry run of each of its resources is possible"}
		}
		for n := range in.Resources {
			t, err := e.tryResource(ctx, in, &in.Resources[n], el)
			if err != nil {
				return err
			}
			all = append(all, t)
		}
		return nil
	})
	if errors.Is(err, context.DeadlineExceeded) {
		err = &ConflictError{"the provider did not answer in time for a dry run"}
	}
	return all, err
}

// TryCallback checks a POST body and sends a sample notification to its callback, as TestCallback does for an instance. Errors: those of
// CheckInstance, *BusyError.
func (e *Engine) TryCallback(ctx context.Context, caller Caller, element string, body []byte) (test CallbackTest, err error) {
	err = e.try(ctx, caller, element, body, func(ctx context.Context, in *live, el Element) error {
		if in.Events.CallbackURL == "" {
			return noCallback()
		}
		test, err = e.testCallback(ctx, in.Instance, el)
		return err
	})
	return test, err
}

// try does something with an instance that is not there. Its credential is kept while it lasts: whatever sends requests finds it where it finds
// every other.
func (e *Engine) try(ctx context.Context, caller Caller, element string, body []byte, do func(context.Context, *live, Element) error) (err error) {
	made, el, err := e.checked(element, body)
	if err != nil {
		return err
	}
	if n := e.trials.Add(1); n > trialsAtOnce {
		e.trials.Add(-1)
		return &BusyError{"as many trials of new instances as there may be are running; try again in a moment"}
	}
	defer e.trials.Add(-1)
	in := &live{Instance: made.Instance, plans: map[string]*instance.Plan{}}
	in.Organization, in.User, in.ID = caller.Organization, caller.User, randomID()
	values, err := e.values(made)
	if err != nil {
		return err
	}
	values.Values[keyWebhookSecret] = credential.Secret(string(deliver.NewWebhookSecret()))
	put, err := e.credentialPut(idText(in.ID), values)
	if err != nil {
		return err
	}
	put.Index = append(put.Index, trialTerm)
	if _, err := store.One(e.store.Commit(ctx, store.Change{Puts: []store.Put{put}})); err != nil {
		return err
	}
	defer func() {
		e.limits.Remove(idText(in.ID))
		err = errors.Join(err, e.deleteRecords(context.WithoutCancel(ctx), put.Key))
	}()
	ctx, cancel := context.WithTimeout(ctx, e.config.HandWait)
	defer cancel()
	return do(ctx, in, el)
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
