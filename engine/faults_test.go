package engine_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/engine/store/faultstore"
	acton "github.com/pollwright/pollwright/plugins/acton/sim"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

var faultSeed = flag.Uint64("engine.seed", 0, "seed of TestStoreThatFails; 0 = fixed ones and a random one")

// TestStoreThatFails has calls of the store fail, most often its commits: not applied, or applied and nobody knows, or in conflict, or slow.
// Meanwhile records change, a user changes the instances, and tokens expire. When the store is well again everything is there: each version of
// each object was told once and in its order, and what the user was told is stored is in force.
func TestStoreThatFails(t *testing.T) {
	t.Parallel()
	seeds := []uint64{1, 2, rand.Uint64() >> 1}
	if *faultSeed != 0 {
		seeds = []uint64{*faultSeed}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			newFailing(t, seed).play()
		})
	}
}

// failing is a world whose store has faults.
type failing struct {
	*world
	rng     *rand.Rand
	seed    uint64
	faults  *faultstore.Store
	acton   *engine.Instance
	rows    []string // of Act-On
	updates int      // of the instance's name that were tried
	kept    int      // the last that was answered
}

func newFailing(t *testing.T, seed uint64) *failing {
	f := &failing{rng: rand.New(rand.NewPCG(seed, 0)), seed: seed}
	f.world = setup(t, func(c *engine.Config) {
		c.FirstPoll = -1
		engine.WithStore(c, func(s store.Store) store.Store {
			f.faults = faultstore.New(s, nil)
			return f.faults
		})
	})
	f.world.acton = acton.New(acton.Config{Options: acton.Options{PerSecond: -1, AuthPerHour: -1}})
	f.urls["acton"] = f.serve(f.world.acton)
	first := f.create(f.body("icontact", nil))
	f.acton = f.create(f.body("acton", nil))
	f.watched(first)
	f.watched(f.acton)
	return f
}

func (f *failing) play() {
	f.faults.Follow(faultstore.Random(f.seed, faultstore.Rates{Refused: 10, Unknown: 10, Conflict: 8, Slow: 8, Reads: 3, SlowReads: 3}))
	for n := range 80 {
		<-time.After(40 * time.Millisecond)
		f.mutate(n)
		f.use(n)
	}
	f.faults.Follow(nil)
	for _, fault := range []faultstore.Fault{faultstore.Refused, faultstore.Unknown, faultstore.Conflict, faultstore.Slow} {
		if f.faults.Count(fault) == 0 {
			f.t.Errorf("%v: not once", fault)
		}
	}
	if err := f.engine.Enable(f.t.Context(), f.caller, f.acton.ID); err != nil {
		f.t.Error(err)
	}
	want := len(f.icontact.Ledger.After(0, 0)) + len(f.world.acton.Ledger.After(0, 0))
	f.receiver.wait(f.t, want)
	f.stop()
	f.judge()
}

// mutate changes records; a row of Act-On only when its last version was told, so that each must be.
func (f *failing) mutate(n int) {
	fields := map[string]string{"First Name": fmt.Sprint(n)}
	switch n % 3 {
	case 0:
		f.icontact.CreateContact(icontact.Contact{Email: fmt.Sprintf("c%d@example.com", n)})
	case 1:
		e, err := f.world.acton.CreateContact(acton.Contact{Fields: fields})
		if err != nil {
			f.t.Fatal(err)
		}
		f.rows = append(f.rows, e.ID)
	case 2:
		for id, versions := range f.told() {
			if !slices.Contains(f.rows, id) || versions[len(versions)-1] != f.versions()[id][len(f.versions()[id])-1] {
				continue
			}
			if _, err := f.world.acton.UpdateContact(id, acton.Contact{Fields: fields}); err != nil {
				f.t.Fatal(err)
			}
			return
		}
	}
}

// use is what a user does meanwhile. Errors are part of it.
func (f *failing) use(n int) {
	ctx := f.t.Context()
	switch n % 10 {
	case 2, 6:
		f.updates++
		body := fmt.Sprintf(`{"name": "Test %d", "configuration": {"event.notification.batch": "%d"}}`, f.updates, 1+f.rng.IntN(5))
		if _, err := f.engine.UpdateInstance(ctx, f.caller, f.acton.ID, []byte(body), false); err == nil {
			f.kept = f.updates
		}
	case 4:
		_, _ = f.engine.Disable(ctx, f.caller, f.acton.ID)
		_ = f.engine.Enable(ctx, f.caller, f.acton.ID)
	case 8:
		_, _ = f.engine.PollByHand(ctx, f.caller, f.acton.ID, f.acton.Resources[0].Name)
	}
	if n == 30 || n == 60 {
		f.world.acton.ExpireTokens()
	}
}

// versions are those of each Act-On row, in order.
func (f *failing) versions() map[string][]string {
	all := map[string][]string{}
	for _, e := range f.world.acton.Ledger.After(0, 0) {
		all[e.ID] = append(all[e.ID], e.Version)
	}
	return all
}

// told are the versions of each Act-On row that came, in order.
func (f *failing) told() map[string][]string {
	f.receiver.mu.Lock()
	defer f.receiver.mu.Unlock()
	all := map[string][]string{}
	for _, e := range f.receiver.events {
		if version, ok := e.Record["__modified_date"].(string); ok {
			all[e.ID] = append(all[e.ID], version)
		}
	}
	return all
}

func (f *failing) judge() {
	told := f.told()
	for id, want := range f.versions() {
		if !slices.Equal(told[id], want) {
			f.t.Errorf("row %s: versions %v came, want %v", id, told[id], want)
		}
	}
	seen := map[string]bool{}
	for _, e := range f.receiver.events {
		if seen[e.EventID] {
			f.t.Errorf("event %s of %s %s came twice", e.EventID, e.Type, e.ID)
		}
		seen[e.EventID] = true
	}
	f.start()
	in, err := f.engine.Instance(f.t.Context(), f.caller, f.acton.ID)
	if err != nil {
		f.t.Fatal(err)
	}
	var now int
	if _, err := fmt.Sscanf(in.Name, "Test %d", &now); err != nil || now < f.kept {
		f.t.Errorf("the instance is %q, although change %d was answered", in.Name, f.kept)
	}
}
