package api

import (
	"context"
	"time"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
)

// asked is what the fake engine was last asked for about events.
type asked struct {
	events    engine.EventsQuery
	changes   engine.ChangesQuery
	analytics engine.AnalyticsQuery
	filter    engine.EventFilter
	audit     engine.AuditQuery
	from      engine.Caller
}

func event() engine.Event {
	at := time.Date(2026, 6, 9, 20, 47, 1, 250e6, time.UTC)
	return engine.Event{
		ID: "uvyqjhKuwFmJKkCz9WfT", EventDate: at, Status: "NOTIFIED", ProviderData: `{"contacts":[],"objectType":"contacts"}`, Instance: 1,
		State: "delivered", Resource: "contacts", PollDate: at, Changes: 1,
		NotifiedData: []engine.Attempt{{Number: 1, At: at, Status: 200, Duration: 12}},
	}
}

func (f *fakeEngine) Events(ctx context.Context, caller engine.Caller, id int64, q engine.EventsQuery) ([]engine.Event, string, error) {
	if _, err := f.Instance(ctx, caller, id); err != nil {
		return nil, "", err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked.events = q
	if q.Status == "SENT" {
		return nil, "", &instance.InvalidError{Problems: []instance.Problem{{Path: "status", Message: "should be one of"}}}
	}
	if q.Page == "2" {
		return nil, "", nil
	}
	return []engine.Event{event()}, "2", nil
}

func (f *fakeEngine) Event(ctx context.Context, caller engine.Caller, id int64, name string) (engine.Event, error) {
	if _, err := f.Instance(ctx, caller, id); err != nil {
		return engine.Event{}, err
	}
	if name != event().ID {
		return engine.Event{}, engine.ErrNotFound
	}
	return event(), nil
}

func (f *fakeEngine) Explain(ctx context.Context, caller engine.Caller, id int64, name string) (engine.Explanation, error) {
	e, err := f.Event(ctx, caller, id, name)
	return engine.Explanation{Event: e, Changes: []engine.ExplainedChange{}}, err
}

func (f *fakeEngine) Changes(ctx context.Context, caller engine.Caller, id int64, q engine.ChangesQuery) ([]engine.Change, string, error) {
	if _, err := f.Instance(ctx, caller, id); err != nil {
		return nil, "", err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked.changes = q
	return []engine.Change{{EventChange: engine.EventChange{ID: "c", ObjectID: "7", Type: "CREATED"}, Event: event().ID, Resource: "contacts", State: "waiting"}}, "9.1", nil
}

func (f *fakeEngine) Dispositions(ctx context.Context, caller engine.Caller, id int64, q engine.EventsQuery) ([]engine.Disposition, string, error) {
	if _, err := f.Instance(ctx, caller, id); err != nil {
		return nil, "", err
	}
	return []engine.Disposition{{Event: event().ID, Instance: id, Messages: []engine.DispositionText{{Message: "Error delivering event"}}}}, "", nil
}

func (f *fakeEngine) Analytics(ctx context.Context, _ engine.Caller, q engine.AnalyticsQuery) ([]engine.Tally, error) {
	if err := f.trouble(ctx); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked.analytics = q
	if len(q.Accounts) > 0 && q.Accounts[0] == "99" {
		return nil, engine.ErrForbidden
	}
	at := time.Date(2026, 6, 9, 20, 0, 0, 0, time.UTC)
	return []engine.Tally{
		{At: at, Count: 5, Instances: []engine.InstanceTally{{Instance: 1, Count: 3, Success: 2, Failed: 1}, {Instance: 2, Count: 2}}},
		{At: at.Add(time.Hour), Instances: []engine.InstanceTally{}},
	}, nil
}

func (f *fakeEngine) RedeliverEvent(ctx context.Context, caller engine.Caller, id int64, name string) (engine.Event, error) {
	if name == "waits" {
		return engine.Event{}, &engine.ConflictError{Message: "event waits to be delivered already"}
	}
	return f.Event(ctx, caller, id, name)
}

func job() engine.Redelivery {
	return engine.Redelivery{ID: "j1", Instance: 1, State: "running", Sent: 3}
}

func (f *fakeEngine) RedeliverEvents(ctx context.Context, caller engine.Caller, id int64, filter engine.EventFilter) (engine.Redelivery, error) {
	if _, err := f.Instance(ctx, caller, id); err != nil {
		return engine.Redelivery{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked.filter = filter
	if filter.State == "resent" {
		return engine.Redelivery{}, &engine.ConflictError{Message: "a redelivery of this instance is running"}
	}
	return job(), nil
}

func (f *fakeEngine) Redeliveries(ctx context.Context, caller engine.Caller, id int64) ([]engine.Redelivery, error) {
	_, err := f.Instance(ctx, caller, id)
	return []engine.Redelivery{job()}, err
}

func (f *fakeEngine) Redelivery(ctx context.Context, caller engine.Caller, id int64, name string) (engine.Redelivery, error) {
	_, err := f.Instance(ctx, caller, id)
	if err == nil && name != "j1" {
		err = engine.ErrNotFound
	}
	return job(), err
}

func (f *fakeEngine) CancelRedelivery(ctx context.Context, caller engine.Caller, id int64, name string) (engine.Redelivery, error) {
	j, err := f.Redelivery(ctx, caller, id, name)
	j.State = "cancelled"
	return j, err
}
