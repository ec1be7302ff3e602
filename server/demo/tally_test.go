package demo

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

var start = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// made-up ledgers: act("create", "a", 1, 10) creates a in version 1 at second 10.
func act(op simkit.Op, id string, version int, second float64) simkit.Entry {
	at := start.Add(time.Duration(second * float64(time.Second)))
	return simkit.Entry{At: simkit.Time{Time: at}, Op: op, Resource: "rows", ID: id, Version: fmt.Sprint(version), Record: row(id, version, "")}
}

// same is an update, of version 1, that does not move the date.
func same(e simkit.Entry, second float64) simkit.Entry {
	at := start.Add(time.Duration(second * float64(time.Second)))
	return simkit.Entry{At: simkit.Time{Time: at}, Op: simkit.Update, Resource: e.Resource, ID: e.ID, Version: e.Version, Record: row(e.ID, 1, "altered")}
}

func row(id string, version int, note string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"id": %q, "modified": "%d", "note": %q}`, id, version, note))
}

func tell(kind string, id string, version int) event {
	// Keys in another order and without white space: the same record.
	record := json.RawMessage(fmt.Sprintf(`{"note":"","modified":"%d","id":%q}`, version, id))
	return event{told{"rowly", kind, id, "things", "E"}, record, start.Add(time.Minute)}
}

// reads are first pages served at these seconds.
func reads(seconds ...float64) []time.Time {
	var times []time.Time
	for _, s := range seconds {
		times = append(times, start.Add(time.Duration(s*float64(time.Second))))
	}
	return times
}

func TestCompare(t *testing.T) {
	t.Parallel()
	const create, update, remove = simkit.Create, simkit.Update, simkit.Delete
	a1, a2 := act(create, "a", 1, 10), act(update, "a", 2, 20)
	b1 := act(create, "b", 1, 11)
	often := reads(5, 10.5, 11.5, 12.5, 13.5, 20.5)
	rarely := reads(5, 10.5, 19.9, 20.5)
	altered := tell("UPDATED", "a", 1)
	altered.Record = same(a1, 12).Record
	foreign := tell("CREATED", "a", 1)
	foreign.Element = "other"
	mixed := tell("CREATED", "a", 1)
	mixed.ObjectID = "b"
	for _, c := range []struct {
		name   string
		ledger []simkit.Entry
		base   int
		reads  []time.Time
		events []event
		want   Tally
		says   string
	}{
		{name: "nothing"},
		{
			"all arrived", []simkit.Entry{a1, b1, a2}, 0, often, []event{tell("CREATED", "a", 1), tell("CREATED", "b", 1), tell("UPDATED", "a", 2)},
			Tally{Created: 2, Updated: 1, Delivered: 3}, "",
		},
		{"missing", []simkit.Entry{a1, b1}, 0, often, []event{tell("CREATED", "a", 1)}, Tally{Created: 2, Delivered: 1, Missing: 1}, "rows b create"},
		{"missing though no poll was made", []simkit.Entry{a1}, 0, nil, nil, Tally{Created: 1, Missing: 1}, "rows a create"},
		{
			"duplicate", []simkit.Entry{a1}, 0, often, []event{tell("CREATED", "a", 1), tell("CREATED", "a", 1)},
			Tally{Created: 1, Delivered: 1, Duplicate: 1}, "told once more",
		},
		{
			"duplicate under another kind", []simkit.Entry{a1}, 0, often, []event{tell("CREATED", "a", 1), tell("UPDATED", "a", 1)},
			Tally{Created: 1, Delivered: 1, Duplicate: 1}, "told once more",
		},
		{"created told as updated", []simkit.Entry{a1}, 0, often, []event{tell("UPDATED", "a", 1)}, Tally{Created: 1, Delivered: 1, Wrong: 1}, "it was CREATED"},
		{
			"updated told as created", []simkit.Entry{a1, a2}, 0, often, []event{tell("CREATED", "a", 1), tell("CREATED", "a", 2)},
			Tally{Created: 1, Updated: 1, Delivered: 2, Wrong: 1}, "it was UPDATED",
		},
		{"no kind", []simkit.Entry{a1}, 0, often, []event{tell("", "a", 1)}, Tally{Created: 1, Delivered: 1, Wrong: 1}, "(no kind)"},
		{
			"order of one object", []simkit.Entry{a1, a2}, 0, often, []event{tell("UPDATED", "a", 2), tell("CREATED", "a", 1)},
			Tally{Created: 1, Updated: 1, Delivered: 2, Wrong: 1}, "after a later state",
		},
		{
			"order of two objects is free", []simkit.Entry{a1, b1}, 0, often, []event{tell("CREATED", "b", 1), tell("CREATED", "a", 1)},
			Tally{Created: 2, Delivered: 2}, "",
		},
		{
			"unknown record", []simkit.Entry{a1}, 0, often, []event{tell("CREATED", "a", 1), tell("CREATED", "z", 1)},
			Tally{Created: 1, Delivered: 1, Wrong: 1}, "never had this record",
		},
		{
			"a version that never was", []simkit.Entry{a1}, 0, often, []event{tell("CREATED", "a", 7)},
			Tally{Created: 1, Missing: 1, Wrong: 1}, "never had this record",
		},
		{
			"record of another object", []simkit.Entry{a1}, 0, often, []event{mixed},
			Tally{Created: 1, Missing: 1, Wrong: 1}, `its record has the id "a"`,
		},
		{"another element", []simkit.Entry{a1}, 0, often, []event{foreign}, Tally{Created: 1, Missing: 1, Wrong: 1}, "no such resource of rowly"},
		{"from before the watch", []simkit.Entry{a1, b1}, 1, often, []event{tell("CREATED", "b", 1)}, Tally{Created: 1, Delivered: 1}, ""},
		{
			"from before the watch, told", []simkit.Entry{a1, b1}, 1, often, []event{tell("CREATED", "a", 1), tell("CREATED", "b", 1)},
			Tally{Created: 1, Delivered: 1, Wrong: 1}, "there before",
		},
		{"change of an old object", []simkit.Entry{a1, a2}, 1, often, []event{tell("UPDATED", "a", 2)}, Tally{Updated: 1, Delivered: 1}, ""},
		{
			"change of an old object told as created", []simkit.Entry{a1, a2}, 1, often, []event{tell("CREATED", "a", 2)},
			Tally{Updated: 1, Delivered: 1, Wrong: 1}, "it was UPDATED",
		},
		{
			"replaced unseen", []simkit.Entry{a1, a2}, 0, rarely, []event{tell("CREATED", "a", 2)},
			Tally{Created: 1, Updated: 1, Delivered: 1, Superseded: 1}, "",
		},
		{
			"replaced unseen, the later state told as updated", []simkit.Entry{a1, a2}, 0, rarely, []event{tell("UPDATED", "a", 2)},
			Tally{Created: 1, Updated: 1, Delivered: 1, Superseded: 1, Wrong: 1}, "it was CREATED",
		},
		{
			"replaced, but a poll saw it", []simkit.Entry{a1, a2}, 0, often, []event{tell("CREATED", "a", 2)},
			Tally{Created: 1, Updated: 1, Delivered: 1, Missing: 1}, "rows a create",
		},
		{
			"replaced, and told all the same", []simkit.Entry{a1, a2}, 0, rarely, []event{tell("CREATED", "a", 1), tell("UPDATED", "a", 2)},
			Tally{Created: 1, Updated: 1, Delivered: 2}, "",
		},
		{
			"replaced unseen, and the last state missing", []simkit.Entry{a1, a2}, 0, rarely, nil,
			Tally{Created: 1, Updated: 1, Superseded: 1, Missing: 1}, "rows a update",
		},
		{"deleted unseen", []simkit.Entry{a1, act(remove, "a", 1, 11)}, 0, rarely, nil, Tally{Created: 1, Superseded: 1}, ""},
		{"deleted after a poll saw it", []simkit.Entry{a1, act(remove, "a", 1, 20)}, 0, often, nil, Tally{Created: 1, Missing: 1}, "rows a create"},
		{"update without a date", []simkit.Entry{a1, same(a1, 20)}, 0, often, []event{tell("CREATED", "a", 1)}, Tally{Created: 1, Updated: 1, Delivered: 1, Superseded: 1}, ""},
		{
			"update without a date, told", []simkit.Entry{a1, same(a1, 20)}, 0, often, []event{tell("CREATED", "a", 1), altered},
			Tally{Created: 1, Updated: 1, Delivered: 2}, "",
		},
		{
			"update without a date before any poll: the object is missing", []simkit.Entry{a1, same(a1, 10.1)}, 0, often, nil,
			Tally{Created: 1, Updated: 1, Superseded: 1, Missing: 1}, "rows a update",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ledger := slices.Clone(c.ledger)
			for i := range ledger {
				ledger[i].Seq = int64(i + 1)
			}
			f := compare(truth{
				"rowly", map[string]collection{"things": {resource: "rows", idField: "id"}}, ledger, int64(c.base), map[string][]time.Time{"rows": c.reads},
			}, c.events)
			if f.Tally != c.want {
				t.Errorf("got  %+v\nwant %+v\n%s", f.Tally, c.want, strings.Join(f.problems, "\n"))
			}
			if all := strings.Join(f.problems, "\n"); !strings.Contains(all, c.says) || (c.says == "") != (all == "") {
				t.Errorf("problems %q, want something about %q", all, c.says)
			}
			if f.Created+f.Updated != f.Delivered+f.Missing+f.Superseded {
				t.Errorf("the counts do not add up: %+v", f.Tally)
			}
			if (f.verdict() != nil) != (c.want.Missing+c.want.Duplicate+c.want.Wrong > 0) {
				t.Errorf("verdict: %v", f.verdict())
			}
		})
	}
}
