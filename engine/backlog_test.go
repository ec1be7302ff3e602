package engine_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/deliver"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// TestPollingWaitsForACallbackThatTakesNothing: above the high water nothing is polled, over a restart, too; what is created meanwhile is
// told when the callback is back. Nothing is lost or repeated.
func TestPollingWaitsForACallbackThatTakesNothing(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *engine.Config) {
		c.BacklogHigh, c.BacklogLow = deliver.Load{Events: 20, Bytes: 1 << 30}, deliver.Load{Events: 5, Bytes: 1 << 29}
	})
	w.receiver.set(1 << 30)
	in := w.create(w.body("icontact", nil))
	for n := range 30 {
		w.icontact.CreateContact(icontact.Contact{Email: fmt.Sprintf("early-%d@example.com", n)})
	}
	await(t, "a full backlog with a poll that waits", func() bool { return w.callback(in).Full && w.engine.Held() > 0 })
	if c := w.callback(in); c.Fault != "the callback answered 503" || c.Faults == 0 {
		t.Errorf("callback %+v, want one that answered 503", c)
	}
	waiting := w.callback(in).Waiting
	if waiting.Events < 20 || waiting.Events > 30 || waiting.Bytes == 0 {
		t.Errorf("%+v wait, want 20 to 30 events", waiting)
	}
	for n := range 10 {
		w.icontact.CreateContact(icontact.Contact{Email: fmt.Sprintf("late-%d@example.com", n)})
	}
	w.stop()
	w.start()
	await(t, "a poll that waits after the restart", func() bool { return w.callback(in).Full && w.engine.Held() > 0 })
	if now := w.callback(in).Waiting; now != waiting {
		t.Errorf("%+v wait after the restart, %+v did before", now, waiting)
	}
	w.receiver.set(0)
	seen := map[string]bool{}
	for _, e := range w.receiver.wait(t, 40) {
		if seen[e.EventID] {
			t.Errorf("%s %s came twice", e.Kind, e.ID)
		}
		seen[e.EventID] = true
	}
	await(t, "an empty backlog", func() bool { c := w.callback(in); return c.Waiting == deliver.Load{} && !c.Full })
}

// TestPollingWaitsForTheDisk: nothing is polled while the budget is used up, deliveries go on, and polling does when there is room.
func TestPollingWaitsForTheDisk(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(w.body("icontact", nil))
	w.stop()
	w.config.DiskBudget = 1
	w.start()
	await(t, "a poll that waits", func() bool { return w.engine.Held() > 0 })
	if why := w.engine.Halted(); why == "" {
		t.Error("nothing says why")
	}
	w.icontact.CreateContact(icontact.Contact{Email: "x@example.com"})
	w.stop()
	w.config.DiskBudget = 1 << 40
	w.start()
	if events := w.receiver.wait(t, 1); len(events) != 1 {
		t.Errorf("%d events", len(events))
	}
	if why := w.engine.Halted(); why != "" {
		t.Errorf("halted with room on the disk: %s", why)
	}
}

func (w *world) callback(in *engine.Instance) engine.Callback {
	w.t.Helper()
	view, err := w.engine.Instance(context.Background(), w.caller, in.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return view.Callback
}

func (r *receiver) set(refuse int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuse = refuse
}
