package sim

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

func TestStepsAreDeterministicAndShown(t *testing.T) {
	run := func() (*Sim, string) {
		now := time.Date(2026, 6, 9, 12, 0, 0, 0, time.UTC)
		s := New(Config{Now: func() time.Time { now = now.Add(700 * time.Millisecond); return now },
			Options: Options{Mix: Mix{CreateContact: 5, CreateMessage: 2, UpdateContact: 2, DeleteContact: 1}}})
		rng := rand.New(rand.NewPCG(1, 2))
		for range 300 {
			s.Step(rng)
		}
		all, err := json.Marshal(s.Ledger.After(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		return s, string(all)
	}
	t.Parallel()
	s, first := run()
	if _, second := run(); first != second {
		t.Error("two runs with one seed differ")
	}
	// Replaying the ledger gives the records that are there.
	contacts, ops := map[string]string{}, map[simkit.Op]int{}
	for i, e := range s.Ledger.After(0, 0) {
		if e.Seq != int64(i+1) {
			t.Fatalf("entry %d has seq %d", i, e.Seq)
		}
		if ops[e.Op]++; e.Resource != Contacts {
			continue
		}
		if contacts[e.ID] = string(e.Record); e.Op == simkit.Delete {
			delete(contacts, e.ID)
		}
	}
	if len(contacts) != len(s.contacts) || ops[simkit.Create] == 0 || ops[simkit.Update] == 0 || ops[simkit.Delete] == 0 {
		t.Fatalf("replay has %d contacts, the simulator %d; ops %v", len(contacts), len(s.contacts), ops)
	}
	for _, c := range s.contacts {
		if got := string(c.onList(s.options)); got != contacts[c.value("contactId")] {
			t.Errorf("contact %d is %s, the ledger says %s", c.ID, got, contacts[c.value("contactId")])
		}
	}
}

func TestStepWaitsUntilARecordHasSettled(t *testing.T) {
	w := setup(t, Options{Mix: Mix{UpdateContact: 1}, Settle: simkit.Duration(time.Minute)})
	rng := rand.New(rand.NewPCG(1, 2))
	if e := w.sim.Step(rng); e.Op != simkit.Create {
		t.Errorf("first step is %s, want create: there is nothing to update", e.Op)
	}
	if e := w.sim.Step(rng); e.Op != simkit.Create {
		t.Errorf("second step is %s, want create: nothing has settled", e.Op)
	}
	w.sim.Clock.SetOffset(time.Minute)
	if e := w.sim.Step(rng); e.Op != simkit.Update {
		t.Errorf("step a minute later is %s, want update", e.Op)
	}
}

func TestControlAPI(t *testing.T) {
	w := setup(t, Options{})
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", "/_sim/records/contacts", `{"email":"ada@example.com"}`, 200, `"op":"create","resource":"contacts","id":"60000101","version":"2026-06-09 15:46:52"`},
		{"PATCH", "/_sim/records/contacts/60000101", `{"phone":"1"}`, 200, `"op":"update"`},
		{"PATCH", "/_sim/records/contacts/60000101", `{"fone":"1"}`, 400, `unknown field`},
		{"PATCH", "/_sim/records/contacts/1", `{"phone":"1"}`, 404, `contact \"1\": not found`},
		{"POST", "/_sim/records/messages", `{"subject":"Hi"}`, 200, `"version":"2026-06-09T15:46:52-04:00"`},
		{"PATCH", "/_sim/records/messages/550001", `{"subject":"Ho"}`, 200, `"subject":"Ho"`},
		{"DELETE", "/_sim/records/messages/550001", ``, 400, `cannot be deleted`},
		{"DELETE", "/_sim/records/contacts/60000101", ``, 200, `"op":"delete"`},
		{"POST", "/_sim/records/uploads", `{}`, 404, `want contacts, messages, lists`},
		{"GET", "/_sim/ledger?after=3&limit=1", ``, 200, `{"entries":[{"seq":4,"at":"2026-06-09T19:46:52.400Z","op":"update","resource":"messages"`},
		{"GET", "/_sim/ledger?after=x", ``, 400, `want a number`},
		{"PATCH", "/_sim/options", `{"order":"newest"}`, 200, `"order":"newest"`},
		{"PATCH", "/_sim/options", `{"order":"best"}`, 400, `order \"best\"`},
		{"PATCH", "/_sim/options", `{"staleTotal":true}`, 200, `"order":"newest"`},
		{"POST", "/_sim/step?n=3", ``, 200, `"seq":8`},
	} {
		resp, got := w.do(c.method, c.path, c.body)
		if resp.StatusCode != c.status || !strings.Contains(got, c.want) {
			t.Errorf("%s %s: %d %s, want %d %s", c.method, c.path, resp.StatusCode, got, c.status, c.want)
		}
	}
	if p := w.page("?status=deleted"); len(p.Contacts) != 1 {
		t.Errorf("%d deleted contacts, want 1", len(p.Contacts))
	}
}

func TestFaultsWearTheProvidersEnvelope(t *testing.T) {
	w := setup(t, Options{})
	for _, status := range []int{402, 403, 503} {
		if err := w.sim.Faults.Add(simkit.Fault{Prefix: "/icp/a", Status: status}); err != nil {
			t.Fatal(err)
		}
		resp, body := w.do("GET", "/icp/a", "")
		if want := `{"errors":["` + http.StatusText(status) + `"]}`; resp.StatusCode != status || body != want {
			t.Errorf("%d %s, want %d %s", resp.StatusCode, body, status, want)
		}
	}
	if resp, _ := w.do("GET", "/icp/a", ""); resp.StatusCode != 200 {
		t.Errorf("after the faults: %d, want 200", resp.StatusCode)
	}
}

// Run with -race: pages are read while records change.
func TestConcurrentUse(t *testing.T) {
	w := setup(t, Options{Order: OrderShuffled, Mix: Mix{CreateContact: 4, UpdateContact: 2, DeleteContact: 1}})
	var wait sync.WaitGroup
	for seed := range uint64(4) {
		wait.Go(func() {
			rng := rand.New(rand.NewPCG(seed, 0))
			for range 50 {
				w.sim.Step(rng)
			}
		})
		wait.Go(func() {
			for range 10 {
				w.page("?status=total&limit=500")
			}
		})
	}
	wait.Wait()
	if got := w.sim.Ledger.Last(); got != 200 {
		t.Errorf("ledger ends at %d, want 200", got)
	}
}
