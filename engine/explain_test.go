package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
)

// Every event of two polls, each of which tells more than one row of the change log, is explained by its own poll, also after a restart.
func TestExplain(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.seldom()
	ctx := context.Background()
	var ids []string
	for range 25 {
		ids = append(ids, w.contact("a@example.com"))
	}
	first := w.byHand(in)
	for _, id := range ids {
		w.update(id)
	}
	second := w.byHand(in)
	w.receiver.wait(t, 50)
	for range 2 {
		explained := map[string]int{}
		for _, event := range w.events(in, engine.EventFilter{}, 200) {
			x, err := w.engine.Explain(ctx, w.caller, in.ID, event.ID)
			if err != nil {
				t.Fatal(err)
			}
			if x.Event.ID != event.ID || len(x.Changes) != event.Changes || x.Poll == nil {
				t.Fatalf("explanation %s of event %s", show(x), show(event))
			}
			for _, c := range x.Changes {
				explained[c.Type]++
				poll, rule := first.ID, "created inside the window: CREATED"
				if c.Type == "UPDATED" {
					poll, rule = second.ID, "the id was seen before: UPDATED"
				}
				if x.Poll.ID != poll || c.Rule != rule || c.Updated == "" || c.Created == "" || c.Version == "" || c.Window == nil || c.Window.To.IsZero() {
					t.Errorf("change %s of poll %s, want poll %s and the rule %q", show(c), x.Poll.ID, poll, rule)
				}
			}
			if one, err := w.engine.Explain(ctx, w.caller, in.ID, x.Changes[0].ID); err != nil || one.Event.ID != event.ID {
				t.Errorf("by the id of a change: %s, %v", show(one), err)
			}
		}
		if explained["CREATED"] != 25 || explained["UPDATED"] != 25 {
			t.Errorf("explained %v, want 25 of each", explained)
		}
		w.stop()
		w.start()
	}
	if _, err := w.engine.Explain(ctx, w.caller, in.ID, "unknown"); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("an unknown event: err %v", err)
	}
	other := engine.Caller{Organization: w.caller.Organization + 1}
	if _, err := w.engine.Explain(ctx, other, in.ID, w.events(in, engine.EventFilter{}, 1)[0].ID); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("another's event: err %v", err)
	}
}

// An event whose poll is forgotten is shown without its reasons.
func TestExplainWhatIsForgotten(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.seldom()
	w.emit(in, "UPDATED", "o1") // formed without a poll
	w.delivered(in, 1)
	x, err := w.engine.Explain(context.Background(), w.caller, in.ID, w.events(in, engine.EventFilter{ObjectID: "o1"}, 1)[0].ID)
	if err != nil || x.Poll != nil || len(x.Changes) != 1 || x.Changes[0].Rule != "" || x.Changes[0].Date.After(time.Now().Add(time.Hour)) {
		t.Errorf("got %s, %v; want the change without a rule and without a poll", show(x), err)
	}
}
