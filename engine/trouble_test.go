package engine_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
	"github.com/pollwright/pollwright/plugins/simkit"
)

// endsAt is a context that ends at the nth look at it, wherever that is.
type endsAt struct {
	context.Context
	n    int32
	seen atomic.Int32
}

func (c *endsAt) Err() error {
	if c.seen.Add(1) > c.n {
		return context.DeadlineExceeded
	}
	return nil
}

func (c *endsAt) Done() <-chan struct{} { return nil }

func TestAFailedDeleteLeavesTheInstanceAsItWas(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("icontact", nil))
	scheduled, deleted := w.engine.Scheduled(), false
	for n := range int32(12) {
		err := w.engine.DeleteInstance(&endsAt{Context: context.Background(), n: n}, w.caller, in.ID)
		_, gone := w.engine.Instance(context.Background(), w.caller, in.ID)
		if deleted = err == nil; deleted {
			if !errors.Is(gone, engine.ErrNotFound) || w.engine.Scheduled() != 0 {
				t.Errorf("deleted: %v, %d resources scheduled", gone, w.engine.Scheduled())
			}
			break
		}
		if gone == nil && w.engine.Scheduled() != scheduled {
			t.Errorf("cut off at look %d: %v; the instance is there, and %d of its %d resources are polled", n, err, w.engine.Scheduled(), scheduled)
		}
	}
	if !deleted {
		t.Error("never deleted: the test did not reach the end")
	}
}

func TestDeleteEndsAPollThatIsUnderWay(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("icontact", nil))
	if err := w.icontact.Faults.Add(simkit.Fault{Prefix: "/icp", Delay: simkit.Duration(time.Hour), Times: -1}); err != nil {
		t.Fatal(err)
	}
	await(t, "a poll that hangs", func() bool { return w.engine.Snapshot().Running > 0 })
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := w.engine.DeleteInstance(ctx, w.caller, in.ID); err != nil {
		t.Errorf("delete: %v", err)
	}
	if n := w.engine.Streaks(); n != 0 {
		t.Errorf("%d streaks of a deleted instance stay in memory", n)
	}
}

func TestAProviderThatEchoesASecret(t *testing.T) {
	t.Parallel()
	w := setup(t)
	if err := w.icontact.Faults.Add(simkit.Fault{Prefix: "/icp", Status: 401, Times: -1, Body: `{"errors":["The password sim-password of sim-user is wrong"]}`}); err != nil {
		t.Fatal(err)
	}
	in := w.create(w.body("icontact", nil))
	o := w.outcome(in, "a fault", func(o engine.Outcome) bool { return o.Failed() })
	// It is as long as it was, and the user's name is no secret.
	if want := "The password ************ of sim-user is wrong"; !strings.Contains(o.Error.Message, want) {
		t.Errorf("outcome %q, want %q in it", o.Error.Message, want)
	}
	if strings.Contains(w.logs.text(), "sim-password") {
		t.Error("the log holds the password")
	}
}

func TestTheCallbacksPathIsNotLogged(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(w.body("icontact", map[string]any{"event.notification.callback.url": "http://127.0.0.1:9/services/T0/CANARY-PATH?k=CANARY-QUERY"}))
	w.icontact.CreateContact(icontact.Contact{Email: "x@example.com"})
	await(t, "a failed delivery", func() bool { return strings.Contains(w.logs.text(), "delivery failed") })
	if strings.Contains(w.logs.text(), "CANARY") {
		t.Error("the log holds the callback's path")
	}
}

func TestAMissingAdapterPostponesPolls(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("icontact", nil))
	w.stop()
	w.config.Builtin = os.DirFS(t.TempDir())
	w.start()
	o := w.outcome(in, "a wait", func(o engine.Outcome) bool { return !o.Postponed.IsZero() })
	if o.Failed() || !strings.Contains(strings.Join(o.Warnings, " "), "no adapter for icontact") {
		t.Errorf("outcome %+v, %q", o.Error, o.Warnings)
	}
}

func TestARecoveryEndsTheStreakOverARestart(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("icontact", nil))
	fail := func() {
		if err := w.icontact.Faults.Add(simkit.Fault{Prefix: "/icp", Status: 500, Times: -1}); err != nil {
			t.Fatal(err)
		}
	}
	fail()
	w.outcome(in, "two failures", func(o engine.Outcome) bool { return o.Failures >= 2 && o.Resource == "contacts" })
	w.icontact.Faults.Clear()
	w.outcome(in, "a recovery", func(o engine.Outcome) bool { return o.Recovered && o.Resource == "contacts" })
	w.stop()
	fail()
	restarted := time.Now()
	w.start()
	o := w.outcome(in, "a failure", func(o engine.Outcome) bool { return o.Failed() && o.Resource == "contacts" && o.Time.After(restarted) })
	if o.Failures > 2 {
		t.Errorf("the first failure after a recovery and a restart counts as number %d", o.Failures)
	}
}

func TestBodiesThatAreTooLargeToKeepAreRefused(t *testing.T) {
	t.Parallel()
	w := setup(t)
	many := map[string]any{}
	for i := range 300 {
		many[strings.Repeat("r", 1+i)] = map[string]any{"url": "/hubs/general/contacts"}
	}
	for what, change := range map[string]map[string]any{
		"a secret": {"api.password": strings.Repeat("v", 300<<10)}, "a parameter": {"AppID": strings.Repeat("v", 300<<10)},
		"many resources": {"event.poller.configuration": many},
	} {
		_, err := w.engine.CreateInstance(context.Background(), w.caller, w.body("icontact", change))
		var invalid *instance.InvalidError
		if !errors.As(err, &invalid) {
			t.Errorf("%s: %.200v, want an InvalidError", what, err)
		}
	}
}
