package api

import (
	"context"
	"time"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/change"
)

// byHand is what the fake engine answers polls by hand with, and what it was asked.
type byHand struct {
	running bool
	mark    string // of the last rewind
	preview bool
}

var handTime = time.Date(2026, 6, 9, 20, 47, 1, 0, time.UTC)

func (f *fakeEngine) PollByHand(ctx context.Context, _ engine.Caller, id int64, resource string) (engine.HandPoll, error) {
	if err := f.trouble(ctx); err != nil {
		return engine.HandPoll{}, err
	}
	if resource != "my contacts" {
		return engine.HandPoll{}, engine.ErrNotFound
	}
	if f.byHand.running {
		return engine.HandPoll{Running: true, Message: "it goes on"}, nil
	}
	out := engine.Outcome{ID: "0006536239ddc6c021b924be", Instance: id, Resource: resource, Time: handTime}
	return engine.HandPoll{Outcome: &out, Stopped: &engine.Stopped{Instance: id, Resource: resource, At: handTime}, Message: "enable it"}, nil
}

func (f *fakeEngine) DryRun(ctx context.Context, _ engine.Caller, id int64, resource string) (engine.DryRun, error) {
	if err := f.trouble(ctx); err != nil {
		return engine.DryRun{}, err
	}
	out := engine.Outcome{ID: "0006536239ddc6c021b924be", Instance: id, Resource: resource, Time: handTime}
	return engine.DryRun{Outcome: out, DryRun: true, Changes: []engine.EventChange{{ID: "e", ObjectID: "1", Type: "CREATED", Date: handTime}}}, nil
}

func (f *fakeEngine) Checkpoint(ctx context.Context, _ engine.Caller, id int64, resource string, q engine.HistoryQuery) (c engine.Checkpoint, next string, err error) {
	if err := f.trouble(ctx); err != nil {
		return c, "", err
	}
	if q.Size == 1 {
		next = "0006536239ddc6c021b924be"
	}
	return engine.Checkpoint{
		Instance: id, Resource: resource, Summary: change.Summary{Detect: "dates", Activated: handTime, Mark: handTime, Baselined: true},
		Window: &engine.Window{From: handTime}, MovedAt: handTime,
		History: []engine.MarkMove{{ID: "0006536239ddc6c021b924be", Time: handTime, From: handTime, To: handTime, By: "user", User: 8}},
	}, next, nil
}

func (f *fakeEngine) Rewind(ctx context.Context, _ engine.Caller, _ int64, _, mark string) error {
	f.byHand.mark, f.byHand.preview = mark, false
	return f.trouble(ctx)
}

func (f *fakeEngine) PreviewRewind(ctx context.Context, _ engine.Caller, _ int64, _, mark string) (engine.Preview, error) {
	f.byHand.mark, f.byHand.preview = mark, true
	at := handTime
	return engine.Preview{Mark: handTime, Count: 1, ByType: map[string]int{"CREATED": 1}, First: &at, Last: &at}, f.trouble(ctx)
}
