package engine_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// While records come, an instance is changed again and again: its interval, its callback, its overlap, its batches. Each record is told by one of
// the callbacks that it had, and none is told as two notifications.
func TestPatchUnderLoadLosesAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	receivers := []*receiver{w.receiver, newReceiver(), newReceiver()}
	for _, r := range receivers[1:] {
		r.url = w.serve(r) + "/events"
	}
	in := w.create(w.body("icontact", nil))
	random := rand.New(rand.NewPCG(1, 2))
	var made []string
	for n := range 48 {
		for range 1 + random.IntN(6) {
			made = append(made, w.icontact.CreateContact(icontact.Contact{Email: fmt.Sprintf("c%d@example.com", len(made))}).ID)
		}
		change := map[string]any{}
		for key, value := range map[string]string{
			"event.notification.callback.url": receivers[random.IntN(3)].url, "event.poller.refresh_interval": []string{"0.0167", "0.02", "0.05"}[random.IntN(3)],
			"event.poller.overlap": []string{"120", "600", "3600", "30"}[random.IntN(4)], "event.notification.batch": fmt.Sprint(1 + random.IntN(10)),
			"event.notification.lanes": fmt.Sprint(1 + random.IntN(8)),
		} {
			if random.IntN(2) == 0 {
				change[key] = value
			}
		}
		if out := w.patch(in.ID, change); len(out.Warnings) != 0 {
			t.Fatalf("warnings %v: nothing may begin anew", out.Warnings)
		}
		if n%16 == 8 {
			w.stop()
			w.start()
		}
	}
	told := func() map[string]map[string]bool { // by object: the notifications that told of it
		all := map[string]map[string]bool{}
		for _, r := range receivers {
			r.mu.Lock()
			for _, e := range r.events {
				if all[e.ID] == nil {
					all[e.ID] = map[string]bool{}
				}
				all[e.ID][e.Notification] = true
			}
			r.mu.Unlock()
		}
		return all
	}
	await(t, "every contact is told", func() bool {
		all := told()
		for _, id := range made {
			if all[id] == nil {
				return false
			}
		}
		return true
	})
	// A few polls more, which must find nothing.
	since := time.Now()
	for range 3 {
		if _, err := w.engine.PollByHand(t.Context(), w.caller, in.ID, "contacts"); err != nil {
			t.Fatal(err)
		}
	}
	await(t, "nothing waits", func() bool {
		for _, o := range w.polls(in) {
			if o.Time.After(since) && o.Created+o.Updated > 0 {
				t.Fatalf("a later poll told %d", o.Created+o.Updated)
			}
		}
		return true
	})
	for id, notifications := range told() {
		if len(notifications) != 1 {
			t.Errorf("%s is told by %d notifications", id, len(notifications))
		}
	}
	if all := told(); len(all) != len(made) {
		t.Errorf("%d objects are told, %d were made", len(all), len(made))
	}
	var spread []string
	for _, r := range receivers {
		spread = append(spread, fmt.Sprint(len(r.events)))
	}
	t.Logf("%d contacts, told to %s", len(made), strings.Join(spread, ", "))
}

// polls are the last outcomes of an instance.
func (w *world) polls(in *engine.Instance) []engine.Outcome {
	w.t.Helper()
	list, err := w.engine.Polls(w.t.Context(), w.caller, in.ID, "", 50)
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}
