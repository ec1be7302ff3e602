package engine_test

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/engine/store/faultstore"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// doubtful is a world where the next commit that puts a record of an instance is applied, and nobody knows.
type doubtful struct {
	*world
	next atomic.Bool
}

func newDoubtful(t *testing.T) *doubtful {
	d := &doubtful{}
	plan := func(c faultstore.Call) faultstore.Fault {
		puts := slices.ContainsFunc(c.Changes, func(c store.Change) bool {
			return slices.ContainsFunc(c.Puts, func(p store.Put) bool { return strings.HasPrefix(p.Key.Name, "instance/") })
		})
		if puts && d.next.CompareAndSwap(true, false) {
			return faultstore.Unknown
		}
		return faultstore.None
	}
	d.world = setup(t, func(c *engine.Config) {
		engine.WithStore(c, func(s store.Store) store.Store { return faultstore.New(s, plan) })
	})
	return d
}

// An instance that was stored although its creation ended with an error is made once, by the same key, and polled.
func TestCreationThatNobodyKnowsOf(t *testing.T) {
	t.Parallel()
	d := newDoubtful(t)
	d.next.Store(true)
	c := engine.Creation{Body: d.body("icontact", nil), IdempotencyKey: "key"}
	if _, err := d.engine.Create(t.Context(), d.caller, c); !errors.Is(err, faultstore.ErrFault) {
		t.Fatalf("%v, want the fault", err)
	}
	in, err := d.engine.Create(t.Context(), d.caller, c)
	if err != nil || !in.Replayed {
		t.Fatalf("%v, want the instance that is there", err)
	}
	d.watched(in)
	made := d.icontact.CreateContact(icontact.Contact{Email: "ada@example.com"})
	if events := d.receiver.wait(t, 1); events[0].ID != made.ID {
		t.Errorf("%s came, want %s", kinds(events), made.ID)
	}
}

// A change that was stored although it ended with an error is in force.
func TestChangeThatNobodyKnowsOf(t *testing.T) {
	t.Parallel()
	d := newDoubtful(t)
	in := d.create(d.body("icontact", nil))
	d.watched(in)
	other := newReceiver()
	other.url = d.serve(other) + "/events"
	d.next.Store(true)
	body := `{"name": "Another", "configuration": {"event.notification.callback.url": "` + other.url + `"}}`
	if _, err := d.engine.UpdateInstance(t.Context(), d.caller, in.ID, []byte(body), false); !errors.Is(err, faultstore.ErrFault) {
		t.Fatalf("%v, want the fault", err)
	}
	d.icontact.CreateContact(icontact.Contact{Email: "ada@example.com"})
	other.wait(t, 1)
	if now, err := d.engine.Instance(t.Context(), d.caller, in.ID); err != nil || now.Name != "Another" {
		t.Errorf("%v, the instance is %q, want what was stored", err, now.Name)
	}
}

// An end of the polling that was stored although it ended with an error is in force; and so is its return.
func TestDisablingThatNobodyKnowsOf(t *testing.T) {
	t.Parallel()
	d := newDoubtful(t)
	in := d.create(d.body("icontact", nil))
	d.watched(in)
	d.next.Store(true)
	if _, err := d.engine.Disable(t.Context(), d.caller, in.ID); !errors.Is(err, faultstore.ErrFault) {
		t.Fatalf("%v, want the fault", err)
	}
	await(t, "the schedule to be empty", func() bool { return d.engine.Scheduled() == 0 })
	d.next.Store(true)
	if err := d.engine.Enable(t.Context(), d.caller, in.ID); !errors.Is(err, faultstore.ErrFault) {
		t.Fatalf("%v, want the fault", err)
	}
	await(t, "the schedule to have both resources", func() bool { return d.engine.Scheduled() == 2 })
}
