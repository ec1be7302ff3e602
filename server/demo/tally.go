package demo

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// Tally is what a comparison of ledger and events came to. Created + Updated = Delivered + Missing + Superseded.
type Tally struct {
	Created    int `json:"created"`    // records created at the provider
	Updated    int `json:"updated"`    // changes of records at the provider
	Delivered  int `json:"delivered"`  // of these, told
	Missing    int `json:"missing"`    // owed and not told
	Duplicate  int `json:"duplicate"`  // events that told a change once more
	Superseded int `json:"superseded"` // not told and not owed: no poll could see them
	Wrong      int `json:"wrong"`      // events of another kind, record or order than the ledger's, or that the ledger does not know
	Refused    int `json:"refused"`    // notifications with a wrong signature or that could not be read
}

func (t Tally) add(o Tally) Tally {
	return Tally{
		t.Created + o.Created, t.Updated + o.Updated, t.Delivered + o.Delivered, t.Missing + o.Missing,
		t.Duplicate + o.Duplicate, t.Superseded + o.Superseded, t.Wrong + o.Wrong, t.Refused + o.Refused,
	}
}

func (t Tally) bad() bool { return t.Missing+t.Duplicate+t.Wrong+t.Refused > 0 }

// state is what a record said from one change to the next.
type state struct {
	simkit.Entry
	until    time.Time // when it was replaced or deleted; zero = it still stands
	baseline bool      // from before the watch: not to be told
	told     []int     // indices of the events that told it
}

// finding is one comparison under way.
type finding struct {
	Tally
	problems []string
	delays   []time.Duration // from a change at the provider to the arrival of its event
	arrival  []event
}

func (f *finding) wrong(format string, args ...any) {
	f.Wrong++
	f.problems = append(f.problems, fmt.Sprintf(format, args...))
}

// truth is what one provider can testify.
type truth struct {
	element     string
	collections map[string]collection
	ledger      []simkit.Entry
	base        int64                  // the ledger's last entry from before the watch
	reads       map[string][]time.Time // when first pages were served, in order, by the ledger's name of the resource
}

// compare holds events, in the order of their arrival, against what the provider testifies. What is owed: see the package's page.
func compare(t truth, events []event) *finding {
	f := &finding{arrival: events}
	objects, byContent := states(t.ledger, t.base)
	for i, e := range events {
		c, known := t.collections[e.ObjectType]
		if !known || e.Element != t.element {
			f.wrong("%s: no such resource of %s was asked for", e, t.element)
			continue
		}
		if got := field(e.Record, c.idField); got != e.ObjectID {
			f.wrong("%s: its record has the id %q", e, got)
			continue
		}
		s := byContent[identity(c.resource, e.ObjectID, e.Record)]
		switch {
		case s == nil:
			f.wrong("%s: the provider never had this record: %s", e, e.Record)
		case s.baseline:
			f.wrong("%s: the record was there before the instance was", e)
		default:
			s.told = append(s.told, i)
		}
	}
	for _, object := range objects {
		f.judge(object, t.reads[object[0].Resource])
	}
	slices.Sort(f.delays)
	return f
}

// states takes a ledger apart into the states of each object, in order, and finds them by what they say.
func states(ledger []simkit.Entry, base int64) (objects [][]*state, byContent map[string]*state) {
	byContent = map[string]*state{}
	place := map[string]int{}
	for _, entry := range ledger {
		name := entry.Resource + "\x00" + entry.ID
		n, known := place[name]
		if known {
			last := objects[n][len(objects[n])-1]
			last.until = entry.At.Time
		}
		if entry.Op == simkit.Delete { // not told: the resource is watched by its dates
			continue
		}
		if !known {
			n = len(objects)
			place[name] = n
			objects = append(objects, nil)
		}
		s := &state{Entry: entry, baseline: entry.Seq <= base}
		objects[n] = append(objects[n], s)
		byContent[identity(entry.Resource, entry.ID, entry.Record)] = s
	}
	return objects, byContent
}

// judge goes through the states of one object.
func (f *finding) judge(object []*state, reads []time.Time) {
	known := object[0].baseline // whether an event, or the baseline, has made the object known
	latest := -1                // the event that told the state before
	for i, s := range object {
		if s.baseline {
			continue
		}
		if s.Op == simkit.Create {
			f.Created++
		} else {
			f.Updated++
		}
		hidden := i > 0 && known && s.Version == object[i-1].Version
		switch {
		case len(s.told) > 0:
			f.told(s, known, latest)
			known, latest = true, s.told[0]
		case hidden || !owed(s, reads):
			f.Superseded++
		default:
			f.Missing++
			f.problems = append(f.problems, fmt.Sprintf("%s %s %s of %s was not told", s.Resource, s.ID, s.Op, s.At.Format(clock)))
		}
	}
}

// told judges the events of one state.
func (f *finding) told(s *state, known bool, before int) {
	f.Delivered++
	first := f.arrival[s.told[0]]
	f.delays = append(f.delays, first.At.Sub(s.At.Time))
	want := "UPDATED"
	if !known {
		want = "CREATED"
	}
	if first.Kind != want {
		f.wrong("%s: the ledger says that it was %s", first, want)
	}
	if s.told[0] < before {
		f.wrong("%s: it came after a later state of the same object", first)
	}
	for _, i := range s.told[1:] {
		f.Duplicate++
		f.problems = append(f.problems, fmt.Sprintf("%s: told once more", f.arrival[i]))
	}
}

// owed: a state that stands must have been told, and so must one that stood while a whole scan was read.
func owed(s *state, reads []time.Time) bool {
	if s.until.IsZero() {
		return true
	}
	from, _ := slices.BinarySearchFunc(reads, s.At.Time, time.Time.Compare)
	to, _ := slices.BinarySearchFunc(reads, s.until, time.Time.Compare)
	return to-from >= 3
}

// identity is an object in one state.
func identity(resource, id string, record json.RawMessage) string {
	var value any
	if err := json.Unmarshal(record, &value); err != nil {
		return ""
	}
	canonical, err := json.Marshal(value) // keys sorted, no white space
	if err != nil {
		return ""
	}
	return resource + "\x00" + id + "\x00" + string(canonical)
}

// field is a record's field as text: ids come as texts and as numbers.
func field(record json.RawMessage, name string) string {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(record, &fields); err != nil {
		return ""
	}
	var s string
	if err := json.Unmarshal(fields[name], &s); err != nil {
		return string(fields[name])
	}
	return s
}

func (e event) String() string {
	return fmt.Sprintf("%s %s %s %s", e.Element, cmp.Or(e.Kind, "(no kind)"), e.ObjectType, e.ObjectID)
}
