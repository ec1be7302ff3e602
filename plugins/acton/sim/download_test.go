package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

func TestCountIsClamped(t *testing.T) {
	w := setup(t, free())
	for range 1001 {
		if _, err := w.sim.CreateContact(Contact{}); err != nil {
			t.Fatal(err)
		}
	}
	for query, want := range map[string][2]int{ // rows and offset
		"":                        {1000, 0},
		"?count=5000":             {1000, 0},
		"?count=5000&offset=1000": {1, 1000},
		"?offset=1001":            {0, 1001},
		"?count=7&offset=3":       {7, 3},
	} {
		d := w.download(query)
		if len(d.Data) != want[0] || d.Count != want[0] || d.Offset != want[1] || d.TotalCount != 1001 {
			t.Errorf("%q: %d rows, count %d, offset %d, total %d; want %v", query, len(d.Data), d.Count, d.Offset, d.TotalCount, want)
		}
	}
	if d := w.download("?count=1&offset=794"); d.ids() != "31a" { // the documented example of a hex id
		t.Errorf("row 794 has id %s, want 31a", d.ids())
	}
	if csv := strings.Count(second(w.get("/api/1/list/l-0001?responseformat=CSV")), "\n"); csv != 1002 {
		t.Errorf("CSV has %d lines, want a header and all 1001 rows", csv)
	}
	for _, query := range []string{"?count=x", "?count=0", "?offset=-1", "?modafter=yesterday", "?fields=a;b", "?fields=Company&datequalifiers=true"} {
		if status, got := w.get("/api/1/list/l-0001" + query); status != 422 || !strings.Contains(got, `{"errorCode":10121,"message":"`) {
			t.Errorf("%q: %d %s, want 422", query, status, got)
		}
	}
}

func second(_ int, s string) string { return s }

// Row 0 was modified at ...31200000, 1 at ...17600123, a at 1780704000789; created 31200000, 31200000, 17600456.
func TestFilters(t *testing.T) {
	for _, inclusive := range []bool{false, true} {
		t.Run(fmt.Sprint("inclusive ", inclusive), func(t *testing.T) {
			w := setup(t, Config{Options: Options{PerSecond: -1, AfterInclusive: inclusive, BeforeInclusive: inclusive}})
			w.three()
			for query, want := range map[string][2]string{ // exclusive, inclusive
				"?modafter=1780617600123":                         {"a", "1 a"},
				"?modafter=1780617600122":                         {"1 a", "1 a"},
				"?modafter=1780704000789":                         {"", "a"},
				"?modbefore=1780617600123":                        {"0", "0 1"},
				"?modafter=1780531200000&modbefore=1780704000789": {"1", "0 1 a"},
				"?createdafter=1780531200000":                     {"a", "0 1 a"},
				"?createdbefore=1780531200000":                    {"", "0 1"},
				"?createdbefore=1780617600456&modafter=1":         {"0 1", "0 1 a"},
				"?modafter=1780617600":                            {"0 1 a", "0 1 a"}, // seconds are January 1970
			} {
				expected := want[0]
				if inclusive {
					expected = want[1]
				}
				if d := w.download(query); d.ids() != expected || d.TotalCount != len(d.Data) {
					t.Errorf("%s: %q total %d, want %q", query, d.ids(), d.TotalCount, expected)
				}
			}
		})
	}
}

func TestFields(t *testing.T) {
	w := setup(t, free())
	w.three()
	d := w.download("?fields=E-mail+Address%3BFirst%20Name%3BNothing")
	if want := []string{"_contact_id_", "E-mail Address", "First Name"}; !slices.Equal(d.Headers, want) || d.EmailColumn != 1 {
		t.Errorf("headers %q, address in %d; want %q", d.Headers, d.EmailColumn, want)
	}
	if got := fmt.Sprint(d.Data[0]); got != "[l-0001:0 ada@example.com Ada]" {
		t.Errorf("row %s", got)
	}
	if d := w.download("?fields=Company"); d.EmailColumn != -1 {
		t.Errorf("address in %d, want -1", d.EmailColumn)
	}
}

func TestSwitchesOfTheShape(t *testing.T) {
	w := setup(t, Config{Options: Options{PerSecond: -1, PlainDateHeaders: true, DateCells: DateNumber, UnfilteredTotal: true, DefaultCount: 1}})
	w.three()
	d := w.download("?datequalifiers=true&modafter=1780531200000")
	if d.TotalCount != 3 || d.Count != 1 || !slices.Equal(d.Headers[6:], []string{"created_date", "modified_date"}) || d.Data[0][7] != float64(1780617600123) {
		t.Errorf("got %+v", d)
	}
	if err := w.sim.SetOptions(func(o *Options) { o.DateCells = DateText }); err != nil {
		t.Fatal(err)
	}
	if got := w.download("?datequalifiers=true").Data[0][7]; got != "Jun 3 2026 17:00 America/Los_Angeles" {
		t.Errorf("text date %q", got)
	}
}

func TestOrders(t *testing.T) {
	w := setup(t, Config{Options: Options{PerSecond: -1, Order: OrderNewest}})
	w.three()
	if got := w.download("").ids(); got != "a 1 0" {
		t.Errorf("newest: %s", got)
	}
	if err := w.sim.SetOptions(func(o *Options) { o.Order = OrderShuffled }); err != nil {
		t.Fatal(err)
	}
	orders := map[string]bool{}
	for range 50 {
		orders[w.download("").ids()] = true
	}
	if len(orders) < 2 {
		t.Error("shuffled: 50 requests showed one order only")
	}
}

func TestFiveCallsPerSecond(t *testing.T) {
	w := setup(t, Config{Options: Options{RetryAfter: true}})
	status := func() int { s, _ := w.get("/api/1/list"); return s }
	for i := range 5 {
		if got := status(); got != 200 {
			t.Errorf("call %d: %d, want 200", i+1, got)
		}
	}
	resp, got := w.do("GET", "/api/1/list", "", "Authorization", "Bearer "+w.access)
	if resp.StatusCode != 429 || got != sample(t, "gateway_429_INFERRED") || resp.Header.Get("Retry-After") != "1" {
		t.Errorf("sixth: %d %s, Retry-After %q", resp.StatusCode, got, resp.Header.Get("Retry-After"))
	}
	w.advance(time.Second)
	if got := status(); got != 200 {
		t.Errorf("a second later: %d, want 200", got)
	}
	if err := w.sim.SetOptions(func(o *Options) { o.Legacy, o.PerSecond, o.RetryAfter = true, 1, false }); err != nil {
		t.Fatal(err)
	}
	resp, got = w.do("GET", "/api/1/list", "", "Authorization", "Bearer "+w.access)
	if got != sample(t, "legacy_wso2_429_900800_INFERRED") || resp.Header.Get("Retry-After") != "" {
		t.Errorf("legacy: %s", got)
	}
}

func TestSlidingWindow(t *testing.T) {
	for _, c := range []struct {
		sliding bool
		want    int
	}{{false, 200}, {true, 429}} {
		t.Run(fmt.Sprint("sliding ", c.sliding), func(t *testing.T) {
			w := setup(t, Config{Options: Options{SlidingWindow: c.sliding}})
			w.advance(900 * time.Millisecond)
			for range 5 {
				w.get("/api/1/list")
			}
			w.advance(200 * time.Millisecond) // the next second of the clock
			if got, _ := w.get("/api/1/list"); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
			w.advance(800 * time.Millisecond)
			if got, _ := w.get("/api/1/list"); got != 200 {
				t.Errorf("a second later: %d, want 200", got)
			}
		})
	}
}

func TestCallsPerDay(t *testing.T) {
	w := setup(t, Config{Options: Options{PerSecond: -1, PerDay: 2, RetryAfter: true, AccessLife: simkit.Duration(48 * time.Hour)}})
	w.access, _, _ = w.sim.IssueToken("")
	w.advance(23 * time.Hour)
	w.get("/api/1/list")
	w.get("/api/1/list")
	resp, _ := w.do("GET", "/api/1/list", "", "Authorization", "Bearer "+w.access)
	if resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "3600" {
		t.Errorf("third: %d, Retry-After %q; want 429 and an hour", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	w.advance(time.Hour)
	if got, _ := w.get("/api/1/list"); got != 200 {
		t.Errorf("next day: %d, want 200", got)
	}
}

func TestControlAPI(t *testing.T) {
	w := setup(t, free())
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", "/_sim/records/contacts", `{"fields":{"First Name":"Ada"}}`, 200, `"op":"create","resource":"contacts","id":"l-0001:0","version":"1780531200000","record":{"_contact_id_":"l-0001:0","First Name":"Ada"`},
		{"POST", "/_sim/records/contacts", `{"fields":{"Shoe":"42"}}`, 400, `field \"Shoe\"`},
		{"POST", "/_sim/records/contacts", `{"listId":"l-9"}`, 404, `list \"l-9\"`},
		{"PATCH", "/_sim/records/contacts/l-0001:0", `{"fields":{"Company":"Acme"},"modified":"2099-01-01T00:00:00Z"}`, 200, `"op":"update","resource":"contacts","id":"l-0001:0","version":"4070908800000"`},
		{"PATCH", "/_sim/records/contacts/l-0001:1", `{}`, 404, `not found`},
		{"PATCH", "/_sim/records/contacts/l-0001:0", `{"listId":"l-0002"}`, 400, `cannot move`},
		{"DELETE", "/_sim/records/contacts/l-0001:0", ``, 200, `"op":"delete"`},
		{"DELETE", "/_sim/records/messages/1", ``, 404, `want \"contacts\"`},
		{"POST", "/_sim/records/optout", `{"email":"x@example.com"}`, 200, `"resource":"optout"`},
		{"POST", "/_sim/lists", `{"id":"l-002a","columns":["E-mail Address"]}`, 200, `"id":"l-002a"`},
		{"POST", "/_sim/lists", `{"id":"l-002a"}`, 400, `want a new id`},
		{"POST", "/_sim/lists", `{"id":"optout"}`, 400, `want a new id`},
		{"PATCH", "/_sim/options", `{"accessLife":"5s","legacy":true}`, 200, `"legacy":true,"accessLife":"5s"`},
		{"PATCH", "/_sim/options", `{"dateCells":"roman"}`, 400, `dateCells \"roman\"`},
		{"POST", "/_sim/codes", ``, 200, `{"code":"`},
		{"POST", "/_sim/codes", `{"username":"x"}`, 404, `user \"x\"`},
		{"POST", "/_sim/tokens/expire", ``, 200, `"issued"`},
		{"POST", "/_sim/tokens/revoke", ``, 200, `"issued"`},
		{"GET", "/_sim/tokens", ``, 200, `"refused"`},
		{"POST", "/_sim/step?n=40", ``, 200, `"id":"l-002a:0"`},
		{"GET", "/_sim/ledger?after=1&limit=1", ``, 200, `"last":44`},
	} {
		resp, got := w.do(c.method, c.path, c.body)
		if resp.StatusCode != c.status || !contains(got, c.want) {
			t.Errorf("%s %s: %d %s, want %d %s", c.method, c.path, resp.StatusCode, got, c.status, c.want)
		}
	}
}

func TestStepsAreDeterministicAndShown(t *testing.T) {
	t.Parallel()
	run := func() (*Sim, map[simkit.Op]int, map[string]string) {
		now := time.UnixMilli(1780531200000)
		s := New(Config{Now: func() time.Time { now = now.Add(7 * time.Millisecond); return now }, Options: Options{Mix: Mix{5, 3, 1}}})
		rng := rand.New(rand.NewPCG(3, 4))
		ops, rows := map[simkit.Op]int{}, map[string]string{}
		for range 300 {
			e, err := s.Step(rng)
			if err != nil {
				t.Fatal(err)
			}
			ops[e.Op]++
			if rows[e.ID] = e.Version + string(e.Record); e.Op == simkit.Delete {
				delete(rows, e.ID)
			}
		}
		return s, ops, rows
	}
	s, ops, rows := run()
	if _, _, again := run(); fmt.Sprint(rows) != fmt.Sprint(again) {
		t.Error("two runs with one seed differ")
	}
	if ops[simkit.Create] == 0 || ops[simkit.Update] == 0 || ops[simkit.Delete] == 0 || len(rows) != len(s.lists[0].rows) {
		t.Errorf("ops %v, %d rows by the ledger, %d in the list", ops, len(rows), len(s.lists[0].rows))
	}
	for _, c := range s.lists[0].rows {
		if got := rows[s.lists[0].id(c)]; !strings.HasPrefix(got, fmt.Sprint(c.modified.UnixMilli())) || !contains(got, c.cells[4]) {
			t.Errorf("row %v, the ledger says %s", c, got)
		}
	}
}

func TestStepWaitsUntilARecordHasSettled(t *testing.T) {
	w := setup(t, Config{Options: Options{Mix: Mix{Update: 1}, Settle: simkit.Duration(time.Minute)}})
	rng := rand.New(rand.NewPCG(1, 2))
	for i, want := range []simkit.Op{simkit.Create, simkit.Create, simkit.Update, simkit.Update, simkit.Create} {
		if i == 2 {
			w.advance(time.Minute)
		}
		if e, err := w.sim.Step(rng); err != nil || e.Op != want {
			t.Errorf("step %d is %s (%v), want %s", i+1, e.Op, err, want)
		}
	}
}

// Run with -race: pages are read while rows change.
func TestConcurrentUse(t *testing.T) {
	w := setup(t, Config{Options: Options{PerSecond: -1, Order: OrderShuffled, Mix: Mix{4, 2, 1}}})
	var wait sync.WaitGroup
	for seed := range uint64(4) {
		wait.Go(func() {
			rng := rand.New(rand.NewPCG(seed, 0))
			for range 50 {
				if _, err := w.sim.Step(rng); err != nil {
					t.Error(err)
				}
			}
		})
		wait.Go(func() {
			for range 10 {
				w.download("?datequalifiers=true")
			}
		})
	}
	wait.Wait()
	if got := w.sim.Ledger.Last(); got != 200 {
		t.Errorf("ledger ends at %d, want 200", got)
	}
}
