package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// How much changes depends on the time and not on the machine: late changes are made up for.
func TestWorkKeepsItsPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		steps := 0
		p := &provider{every: 400 * time.Millisecond, step: func(*rand.Rand) error {
			if steps++; steps == 5 {
				time.Sleep(3 * time.Second) // a busy machine, in the bubble's time
			}
			return nil
		}}
		ctx, cancel := context.WithTimeout(t.Context(), 16100*time.Millisecond)
		defer cancel()
		if err := p.work(ctx, rand.New(rand.NewPCG(1, 1)), 1); err != nil {
			t.Fatal(err)
		}
		if steps != 40 {
			t.Errorf("%d changes in 16.1 s, want 40", steps)
		}
	})
}

// In a run of 20 s, of which 16 see changes, there are at least 20 new records at each provider and 10 updates at Act-On, whatever the seed.
func TestWorkIsEnough(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		for i, simulate := range []func(uint64) (*provider, error){newIContact, newActOn} {
			p, err := simulate(seed)
			if err != nil {
				t.Fatal(err)
			}
			base, rng := p.kit.Ledger.Last(), rand.New(rand.NewPCG(seed, 2+uint64(i)))
			began := p.kit.Clock.Offset()
			for n := range int((20*time.Second - quiet) / p.every) {
				p.kit.Clock.SetOffset(began + time.Duration(n+20)*p.every) // 20 steps of starting up
				if err := p.step(rng); err != nil {
					t.Fatal(err)
				}
			}
			count := map[simkit.Op]int{}
			for _, e := range p.kit.Ledger.After(base, 0) {
				count[e.Op]++
			}
			if count[simkit.Create] < 20 || p.key == "acton" && count[simkit.Update] < 10 || p.key == "icontact" && count[simkit.Update] > 0 {
				t.Errorf("seed %d, %s: %v", seed, p.name, count)
			}
		}
	}
}

// The same seed gives the same records from before.
func TestProvidersRepeat(t *testing.T) {
	t.Parallel()
	records := func() (all []string) {
		for _, p := range simulated(t) {
			for _, e := range p.kit.Ledger.After(0, 0) {
				all = append(all, e.ID+p.collections["contacts"].summary(e.Record))
			}
		}
		return all
	}
	if a, b := records(), records(); !slices.Equal(a, b) || len(a) < 60 {
		t.Errorf("%d and %d records, not the same:\n%q\n%q", len(a), len(b), a, b)
	}
}

func TestReads(t *testing.T) {
	t.Parallel()
	p := simulated(t)[0]
	get := func(path string, authorized bool) {
		q := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		if authorized {
			for name, value := range map[string]string{"API-Version": "2.2", "API-AppId": appID, "API-Username": username, "API-Password": password} {
				q.Header.Set(name, value)
			}
		}
		p.handler.ServeHTTP(httptest.NewRecorder(), q)
	}
	get("/icp/a/910001/c/82001/contacts?limit=500&offset=0&status=total", true)
	get("/icp/a/910001/c/82001/contacts", true)
	get("/icp/a/910001/c/82001/contacts?limit=500&offset=500", true) // not a first page
	get("/icp/a/910001/c/82001/contacts", false)                     // refused
	get("/icp/a/910001/c", true)                                     // discovery
	get("/icp/a/910001/c/82001/messages?offset=0", true)
	reads := p.reads()
	if len(reads["contacts"]) != 2 || len(reads["messages"]) != 1 || len(reads) != 2 {
		t.Errorf("reads %v, want 2 of contacts and 1 of messages", reads)
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	for _, p := range simulated(t) {
		body, err := p.body(place{base: "http://127.0.0.1:1/x", callback: "http://127.0.0.1:2/events", signatureKey: `"quoted"`})
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Configuration map[string]any `json:"configuration"`
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatal(err)
		}
		for key, want := range map[string]any{
			"base.url": "http://127.0.0.1:1/x", "event.notification.callback.url": "http://127.0.0.1:2/events",
			"event.notification.signature.key": `"quoted"`, "event.poller.refresh_interval": "0.0167",
		} {
			if got.Configuration[key] != want {
				t.Errorf("%s: %s is %v, want %v", p.name, key, got.Configuration[key], want)
			}
		}
		if strings.ContainsAny(body, "<>") || strings.Contains(body, "{listId}") {
			t.Errorf("%s: a placeholder is left:\n%s", p.name, body)
		}
	}
	if _, err := fill(`{"configuration":{}}`, place{}, "http://mycoolapp.com", nil); err == nil || !strings.Contains(err.Error(), "mycoolapp") {
		t.Errorf("a document without its placeholder: %v", err)
	}
}

// Records come from outside: they must not command the terminal.
func TestScreenIsClean(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := simulated(t)[0]
	e := event{told{"icontact", "CREATED\x1b[2J", "1\r\n2", "contacts", "E"}, json.RawMessage(`{"firstName":"\u001b]0;title\u0007","city":"\u009b31m"}`), time.Now()}
	(&screen{out: &out}).event(p, e, sighting{})
	if line := out.String(); strings.Count(line, "\n") != 1 || strings.ContainsAny(line, "\x1b\r\a\u009b") {
		t.Errorf("control characters in %q", line)
	}
	(&screen{out: &out, color: true}).event(p, e, sighting{repeated: true})
	if !strings.Contains(out.String(), "\x1b[31;1mREPEATED\x1b[0m") {
		t.Errorf("a repeat is not shown in red: %q", out.String())
	}
}
