package engine_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
)

// What tells of an event is kept as long as the event, by the engine's clock: for the history, and no longer than two sweeps more.
func TestKeptForTheHistory(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	w := setup(t, func(c *engine.Config) {
		c.History = time.Hour
		c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	in := w.seldom()
	w.contact("a@example.com")
	poll := w.byHand(in).ID
	w.receiver.wait(t, 1)
	w.delivered(in, 1)
	event := w.events(in, engine.EventFilter{}, 1)[0]
	for _, c := range []struct {
		after time.Duration
		kept  bool
	}{{time.Hour - time.Minute, true}, {time.Hour + 13*time.Minute, false}} {
		ahead.Store(int64(c.after))
		x, err := w.engine.Explain(context.Background(), w.caller, in.ID, event.ID)
		if err != nil {
			t.Fatal(err)
		}
		if explained := x.Poll != nil && x.Changes[0].Rule != ""; explained != c.kept || (len(x.Event.NotifiedData) > 0) != c.kept {
			t.Errorf("%v later: explanation %s; want it kept: %v", c.after, show(x), c.kept)
		}
		outcomes, err := w.engine.Polls(context.Background(), w.caller, in.ID, "", 10)
		if found := slices.ContainsFunc(outcomes, func(o engine.Outcome) bool { return o.ID == poll }); err != nil || found != c.kept {
			t.Errorf("%v later: %d outcomes, %v; want that of the event kept: %v", c.after, len(outcomes), err, c.kept)
		}
	}
}
