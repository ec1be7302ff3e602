package console

import (
	"fmt"

	"github.com/pollwright/pollwright/engine"
)

const pollsShown = 50

type pollsView struct {
	Head           head
	Resource, Only string // filters
	Rows           []pollRow
	Next           string
	Dry            *dryView
}

// pollRow is an outcome as a table shows it.
type pollRow struct {
	ID       string
	Resource string
	Time     moment
	Duration string
	Word     string // what became of it
	Level    string
	Told     string // how many changes, by kind
	Records  int
	Pages    int
	Requests int
	Bytes    string
	Idle     int // polls that the row stands for
	From, To moment
	Error    string
	Notes    []string
	Phases   []phase
	Counts   []counted
	Before   moment
	After    moment
	Adapter  string
}

type (
	phase   struct{ Name, Time string }
	counted struct {
		Name string
		N    int
	}
)

func (v *visit) polls() (page, error) {
	in, h, err := v.headed("polls")
	if err != nil {
		return page{}, err
	}
	view := pollsView{Head: h, Resource: v.field("resource"), Only: v.field("only")}
	before := v.field("before")
	for range 20 { // filters may leave out much
		rows, err := v.Engine.Polls(v.ctx, v.caller, in.ID, before, pollsShown)
		if err != nil {
			return page{}, err
		}
		for _, o := range rows {
			if before = o.ID; (view.Resource == "" || o.Resource == view.Resource) && (view.Only != "failed" || o.Failed()) {
				view.Rows = append(view.Rows, v.pollRow(o))
			}
			if len(view.Rows) == pollsShown {
				break
			}
		}
		if len(rows) < pollsShown || len(view.Rows) == pollsShown {
			if len(view.Rows) == pollsShown {
				view.Next = v.query("before", before)
			}
			break
		}
	}
	p := v.tabPage(h, "polls", view)
	p.Live = v.field("before") == ""
	return p, nil
}

func (v *visit) pollRow(o engine.Outcome) pollRow {
	r := pollRow{
		ID: o.ID, Resource: o.Resource, Time: v.when(o.Time), Duration: millis(o.Duration), Records: o.Records, Pages: o.Pages, Requests: o.Requests, Bytes: byteSize(o.Bytes),
		Idle: o.Polls, From: v.when(o.Window.From), To: v.when(o.Window.To), Before: v.when(o.Mark.Before), After: v.when(o.Mark.After), Adapter: o.Adapter,
		Phases: []phase{{"adapter", millis(o.Phases.Adapter)}, {"provider", millis(o.Phases.Provider)}, {"store", millis(o.Phases.Store)}},
	}
	r.Word, r.Level = verdict(o)
	r.Told = told(o)
	if o.Error != nil {
		r.Error = o.Error.Kind + ": " + o.Error.Message
	}
	r.Notes = v.pollNotes(o)
	for _, c := range []counted{
		{"created", o.Created}, {"updated", o.Updated}, {"deleted", o.Deleted}, {"known, not told again", o.Known}, {"there when the watch began", o.Baseline},
		{"dated before the window", o.Before}, {"dated after the poll, left for later", o.Later}, {"without an id", o.NoID}, {"without a readable date", o.Undated},
		{"with text behind their date", o.Prefixed}, {"judged by the element's own fields", o.Fallback}, {"missing once so far", o.Missing}, {"repeated in the scan", o.Repeated},
	} {
		if c.N > 0 {
			r.Counts = append(r.Counts, c)
		}
	}
	return r
}

func verdict(o engine.Outcome) (word, level string) {
	switch {
	case o.Failed():
		return "failed", "bad"
	case !o.Postponed.IsZero():
		return "postponed", "warn"
	case o.Unstable:
		return "unstable", "warn"
	case o.Held != nil:
		return "deletions held", "warn"
	case o.Continues:
		return "continues", "warn"
	case o.Polls > 1:
		return fmt.Sprintf("%s idle polls", count(o.Polls)), "off"
	case o.Created+o.Updated+o.Deleted == 0:
		return "nothing new", "off"
	}
	return "told", "good"
}

func told(o engine.Outcome) string {
	text := ""
	for _, c := range []counted{{"created", o.Created}, {"updated", o.Updated}, {"deleted", o.Deleted}} {
		if c.N > 0 {
			if text != "" {
				text += ", "
			}
			text += count(c.N) + " " + c.Name
		}
	}
	return text
}

func (v *visit) pollNotes(o engine.Outcome) (notes []string) {
	note := func(when bool, format string, args ...any) {
		if when {
			notes = append(notes, fmt.Sprintf(format, args...))
		}
	}
	note(o.Failures > 1, "%d polls in a row have failed.", o.Failures)
	note(o.Recovered, "It is the first that did not fail after some that did.")
	note(o.Unstable, "The pages shifted at every reading, so the mark stayed where it was; nothing is lost.")
	note(o.Continues, "A bound was hit; the next poll goes on from here.")
	note(o.Backlogged, "So much waits for the callback that the scan waits, too.")
	note(!o.Postponed.IsZero(), "It goes on at %s: the provider's limits are used up, or the adapter cannot be asked.", v.when(o.Postponed).Text)
	note(o.Oversized > 0, "%d changes were told without their records, which are too large.", o.Oversized)
	note(o.Late.Records > 0, "%d records could be seen only after their date had passed, by up to %s: a poll delay or a longer overlap catches such.", o.Late.Records, millis(o.Late.By))
	if o.Held != nil {
		note(true, "%d objects are gone at once. Their deletion is held until somebody decides: see Checkpoints.", o.Held.Count)
	}
	return append(notes, o.Warnings...)
}

// dryView is what a dry run would tell.
type dryView struct {
	Resource  string
	Poll      pollRow
	Changes   []changeRow
	Truncated bool
}

// dryRun reads the provider as the next poll would, and shows what it would tell.
func (v *visit) dryRun() error {
	in, err := v.instance()
	if err != nil {
		return err
	}
	d, err := v.Engine.DryRun(v.ctx, v.caller, in.ID, v.field("resource"))
	if err != nil {
		return err
	}
	h, err := v.head(in, "polls")
	if err != nil {
		return err
	}
	dry := &dryView{Resource: v.field("resource"), Poll: v.pollRow(d.Outcome), Truncated: d.Truncated}
	for _, c := range d.Changes {
		dry.Changes = append(dry.Changes, changeRow{EventID: c.ID, ObjectID: c.ObjectID, Type: c.Type, Date: v.when(c.Date)})
	}
	return v.show(v.tabPage(h, "dryrun", pollsView{Head: h, Dry: dry}))
}
