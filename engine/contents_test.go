package engine_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/change"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// byContent polls iContact's contacts by their content: the provider dates only their creation.
func byContent(more map[string]any) map[string]any {
	contacts := map[string]any{"url": "/hubs/general/contacts", "idField": "contactId", "detect": "hash", "detectDeletes": true}
	for key, value := range more {
		contacts[key] = value
	}
	return map[string]any{"event.poller.configuration": map[string]any{"contacts": contacts}}
}

func TestContentTellsWhatDatesCannot(t *testing.T) {
	t.Parallel()
	w := setup(t)
	before := w.icontact.CreateContact(icontact.Contact{Email: "before@example.com", FirstName: "Ada"})
	in := w.create(w.body("icontact", byContent(nil)))
	fresh := w.icontact.CreateContact(icontact.Contact{Email: "fresh@example.com"})
	w.receiver.wait(t, 1)
	if _, err := w.icontact.UpdateContact(before.ID, func(c *icontact.Contact) { c.FirstName = "Bea" }); err != nil {
		t.Fatal(err)
	}
	w.receiver.wait(t, 2)
	if _, err := w.icontact.DeleteContact(fresh.ID); err != nil {
		t.Fatal(err)
	}
	events := w.receiver.wait(t, 3)
	if got, want := kinds(events), fmt.Sprintf("CREATED contacts %s, UPDATED contacts %s, DELETED contacts %s", fresh.ID, before.ID, fresh.ID); got != want {
		t.Errorf("events %s, want %s", got, want)
	}
	if events[1].Record["firstName"] != "Bea" || events[2].Record != nil {
		t.Errorf("records %v and %v, want the new content and none", events[1].Record, events[2].Record)
	}
	if id, err := w.engine.InstanceOfToken(context.Background(), w.caller, in.Token); err != nil || id != in.ID {
		t.Errorf("instance of the token: %d, err %v", id, err)
	}
	rows, err := w.engine.PollerRecords(context.Background(), w.caller, in.ID)
	if err != nil || len(rows) != 1 || rows[0].Detect != "hash" || rows[0].Objects != 1 || !rows[0].Baselined {
		t.Errorf("poller records %+v, err %v", rows, err)
	}
}

func TestMassDeletesAreHeldUntilConfirmed(t *testing.T) {
	t.Parallel()
	w := setup(t)
	ids := map[string]bool{}
	for i := range 12 {
		ids[w.icontact.CreateContact(icontact.Contact{Email: fmt.Sprintf("c%d@example.com", i)}).ID] = true
	}
	in := w.create(w.body("icontact", byContent(map[string]any{"deleteGuard": map[string]any{"percent": 10, "ids": 2}})))
	w.outcome(in, "the baseline", func(o engine.Outcome) bool { return o.Baseline == 12 })
	for id := range ids {
		if _, err := w.icontact.DeleteContact(id); err != nil {
			t.Fatal(err)
		}
	}
	o := w.outcome(in, "deletions held", func(o engine.Outcome) bool { return o.Held != nil && o.Held.Count == 12 })
	if o.Deleted != 0 || len(o.Warnings) == 0 {
		t.Errorf("outcome %s, want nothing told and a warning", show(o))
	}
	if err := w.engine.DecideHeld(context.Background(), w.caller, in.ID, "contacts", change.Confirm); err != nil {
		t.Fatal(err)
	}
	for _, e := range w.receiver.wait(t, 12) {
		if e.Kind != "DELETED" || !ids[e.ID] {
			t.Errorf("unexpected %s %s", e.Kind, e.ID)
		}
		delete(ids, e.ID)
	}
	if err := w.engine.DecideHeld(context.Background(), w.caller, in.ID, "contacts", change.Confirm); err == nil {
		t.Error("a decision about nothing was accepted")
	}
}
