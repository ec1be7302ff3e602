package engine_test

import (
	"context"
	"testing"

	"github.com/pollwright/pollwright/engine"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
	"github.com/pollwright/pollwright/plugins/simkit"
)

// disabled waits until polling of one instance is stopped.
func (w *world) disabled() engine.Stopped {
	w.t.Helper()
	var list []engine.Stopped
	await(w.t, "an instance whose polling is stopped", func() bool {
		var err error
		if list, err = w.engine.PollingDisabled(context.Background(), w.caller); err != nil {
			w.t.Fatal(err)
		}
		return len(list) > 0
	})
	return list[0]
}

func TestRefusedCredentialsStopPollingUntilEnabled(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("icontact", nil))
	if err := w.icontact.Faults.Add(simkit.Fault{Prefix: "/icp", Status: 401, Times: -1}); err != nil {
		t.Fatal(err)
	}
	s := w.disabled()
	if s.Instance != in.ID || s.Kind != "auth" || s.Failures < 3 || s.Message == "" {
		t.Errorf("stopped %+v, want auth after three polls", s)
	}
	if seen, err := w.engine.Instance(context.Background(), w.caller, in.ID); err != nil || seen.Stopped == nil {
		t.Errorf("instance %+v, err %v; want the reason", seen, err)
	}
	w.stop()
	w.start() // it stays stopped
	if again := w.disabled(); again != s {
		t.Errorf("after a restart: %+v, want %+v", again, s)
	}
	asked := len(w.icontact.Requests.After(0))
	w.icontact.Faults.Clear()
	contact := w.icontact.CreateContact(icontact.Contact{Email: "while@example.com"})
	if now := len(w.icontact.Requests.After(0)); now != asked {
		t.Errorf("%d requests although polling is stopped", now-asked)
	}
	if err := w.engine.Enable(context.Background(), w.caller, in.ID); err != nil {
		t.Fatal(err)
	}
	if events := w.receiver.wait(t, 1); events[0].ID != contact.ID { // nothing that came meanwhile is lost
		t.Errorf("events %s", kinds(events))
	}
	if again, err := w.engine.Instance(context.Background(), w.caller, in.ID); err != nil || again.Stopped != nil {
		t.Errorf("instance %+v, err %v; want it not stopped", again, err)
	}
}

func TestManyFailuresStopPolling(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *engine.Config) { c.PollFailures = 4 })
	w.create(w.body("icontact", nil))
	if err := w.icontact.Faults.Add(simkit.Fault{Prefix: "/icp", Status: 500, Times: -1}); err != nil {
		t.Fatal(err)
	}
	w.stop()
	w.start() // the streak goes on over a restart
	if s := w.disabled(); s.Failures != 4 || s.Kind == "auth" {
		t.Errorf("stopped %+v, want after 4 failures", s)
	}
}
