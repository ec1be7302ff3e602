package console

import (
	"fmt"
	"slices"
	"time"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
)

// head is what all pages of an instance begin with.
type head struct {
	ID        int64
	Name      string
	Element   string
	Key       string // of the element
	Tags      []string
	State     state
	Paused    bool
	Disabled  bool
	Stopped   bool
	Consents  bool // it can be authorized again
	Tab       string
	Resources []string
	Letters   string // how many dead letters there are, as far as they were counted
	last      []engine.Outcome
}

// mostLetters is how many dead letters a head counts.
const mostLetters = 100

// headed finds the instance of the path, and what its pages begin with.
func (v *visit) headed(tab string) (*engine.Instance, head, error) {
	in, err := v.instance()
	if err != nil {
		return nil, head{}, err
	}
	h, err := v.head(in, tab)
	return in, h, err
}

func (v *visit) head(in *engine.Instance, tab string) (h head, err error) {
	last, err := v.lastPolls(in.ID)
	if err != nil {
		return h, err
	}
	h = head{
		ID: in.ID, Name: in.Name, Element: in.Element.Name, Key: in.Element.Key, Tags: in.Tags, State: stateOf(in, failedOf(last)), Paused: in.Callback.Paused,
		Disabled: in.Disabled, Stopped: in.Stopped != nil, Consents: in.Element.Consents(), Tab: tab, last: last,
	}
	for _, r := range in.Resources {
		h.Resources = append(h.Resources, r.Name)
	}
	letters, next, err := v.Engine.DeadLetters(v.ctx, v.caller, in.ID, "", mostLetters)
	if n := len(letters); n > 0 {
		h.Letters = count(n)
		if next != "" {
			h.Letters += "+"
		}
	}
	return h, err
}

// tabPage is a page of an instance.
func (v *visit) tabPage(h head, name string, view any) page {
	return page{Template: name, Title: h.Name, Tab: "instances", View: view}
}

type overviewView struct {
	Head      head
	Interval  string
	Callback  string
	Format    string
	Signed    bool
	Created   moment
	Waiting   engine.Load
	Trouble   *trouble
	Resources []resourceRow
	Events    []eventRow
	Polls     chart
	Changes   chart
	Lateness  chart
	Limits    []limitRow
	Blocked   string
}

// trouble is a callback that does not take notifications.
type trouble struct {
	Faults      int
	Fault       string
	Since, Next moment
}

type resourceRow struct {
	Name, Reads, Detect string
	Next                moment
	Last                *pollRow
}

type limitRow struct{ Window, Used, Limit, Remaining string }

func (v *visit) overview() (page, error) {
	in, h, err := v.headed("overview")
	if err != nil {
		return page{}, err
	}
	view := overviewView{
		Head: h, Interval: span(in.Events.Interval), Callback: in.Events.CallbackURL, Format: in.View()[instance.KeyFormat], Signed: in.HasSecret(instance.KeySignatureKey),
		Created: v.when(in.Created), Waiting: in.Callback.Waiting,
	}
	if c := in.Callback; c.Faults > 0 {
		view.Trouble = &trouble{c.Faults, c.Fault, v.when(c.Since), v.when(c.Next)}
	}
	if view.Resources, err = v.resourceRows(in, h.last); err != nil {
		return page{}, err
	}
	if view.Events, _, err = v.eventRows(in.ID, engine.EventsQuery{Size: 5}); err != nil {
		return page{}, err
	}
	if err := v.pollCharts(in.ID, &view); err != nil {
		return page{}, err
	}
	v.limitRows(in.ID, &view)
	p := v.tabPage(h, "overview", view)
	p.Live = true
	return p, nil
}

func (v *visit) resourceRows(in *engine.Instance, last []engine.Outcome) (rows []resourceRow, err error) {
	next, err := v.Engine.NextPolls(v.ctx, v.caller, in.ID)
	if err != nil {
		return nil, err
	}
	for _, r := range in.Resources {
		row := resourceRow{Name: r.Name, Reads: r.Reads, Detect: "dates", Next: v.when(next[r.Name].Truncate(time.Second))}
		if r.Content != nil {
			row.Detect = "content"
		}
		if i := slices.IndexFunc(last, func(o engine.Outcome) bool { return o.Resource == r.Name }); i >= 0 {
			poll := v.pollRow(last[i])
			row.Last = &poll
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (v *visit) limitRows(id int64, view *overviewView) {
	limits, err := v.Engine.Limits(v.ctx, v.caller, id)
	if err != nil { // there is no adapter, which the state says
		return
	}
	for _, w := range limits.Windows {
		view.Limits = append(view.Limits, limitRow{span(time.Duration(w.Seconds * float64(time.Second))), count(w.Used), count(w.Limit), count(w.Remaining)})
	}
	if b := limits.Blocked; b != nil {
		view.Blocked = fmt.Sprintf("Nothing is sent to the provider until %s: %s", v.when(b.Until).Text, b.Reason)
	}
}

// chartPolls is how many outcomes are looked at for the charts of an instance.
const chartPolls = 1000

// pollCharts draws what the polls of the last day did. Idle polls of an hour are one outcome.
func (v *visit) pollCharts(id int64, view *overviewView) error {
	polls, index := v.hours(2)
	changes, _ := v.hours(3)
	late, _ := v.hours(1)
	rows, err := v.Engine.Polls(v.ctx, v.caller, id, "", chartPolls)
	if err != nil {
		return err
	}
	for _, o := range rows {
		i, ok := index(o.Time)
		if !ok {
			continue
		}
		if o.Failed() {
			polls[i].Values[1]++
		} else {
			polls[i].Values[0] += float64(max(o.Polls, 1))
		}
		for n, told := range []int{o.Created, o.Updated, o.Deleted} {
			changes[i].Values[n] += float64(told)
		}
		late[i].Values[0] = max(late[i].Values[0], float64(o.Late.By))
	}
	view.Polls = newChart("polls", "Polls an hour", []string{"good", "failed"}, polls, whole)
	view.Changes = newChart("changes", "Changes an hour, by kind", []string{"created", "updated", "deleted"}, changes, whole)
	view.Lateness = newChart("late", "Lateness: how long after its date the latest record of each hour could be seen at the provider", []string{"lateness"}, late, func(f float64) string { return millis(f) })
	return nil
}
