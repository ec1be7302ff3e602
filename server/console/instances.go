package console

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine"
)

// Bounds of the list of instances.
const (
	instancesShown = 50
	instancesRead  = 1000 // for one page, of those that a search by state leaves out
)

type instancesView struct {
	Search, Element, Tags, State string
	Elements                     []engine.Element
	States                       []string
	Rows                         []instanceRow
	Next                         string // address of the next page
	Searched                     bool
	Errors                       []string
}

type instanceRow struct {
	ID         int64
	Name       string
	Element    string
	Tags       []string
	State      state
	Interval   string
	Last, Next moment
	Events     int
	Waiting    int
	Spark      spark
	Paused     bool
	Disabled   bool
}

func (v *visit) instances() (page, error) {
	view := instancesView{
		Search: v.field("q"), Element: v.field("element"), Tags: v.field("tags"), State: v.field("state"), Elements: v.Engine.Elements(), States: stateWords,
	}
	view.Searched = view.Search+view.Element+view.Tags+view.State != ""
	q := engine.InstancesQuery{Search: view.Search, Element: view.Element, Tags: splitTags(view.Tags), Page: v.field("page"), Size: instancesShown}
	tallies, err := v.tallies()
	if err != nil {
		return page{}, err
	}
	for read := 0; len(view.Rows) < instancesShown && read < instancesRead; {
		list, next, err := v.Engine.Instances(v.ctx, v.caller, q)
		if err != nil {
			return page{}, err
		}
		for _, in := range list {
			row, err := v.instanceRow(in, tallies[in.ID])
			if err != nil {
				return page{}, err
			}
			if view.State == "" || row.State.Word == view.State {
				view.Rows = append(view.Rows, row)
			}
		}
		read += len(list)
		if q.Page = next; next == "" {
			break
		}
	}
	if q.Page != "" {
		view.Next = v.query("page", q.Page)
	}
	return page{Template: "instances", Title: "Instances", Tab: "instances", Live: true, View: view}, nil
}

func splitTags(text string) (tags []string) {
	for tag := range strings.SplitSeq(text, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}

// query is the address of this page with one more parameter.
func (v *visit) query(name, value string) string {
	text := url.QueryEscape(name) + "=" + url.QueryEscape(value)
	if others := v.queryWithout("done", "live", "seen", name); others != "" {
		text = others + "&" + text
	}
	return v.Path() + "?" + text
}

func (v *visit) instanceRow(in *engine.Instance, t tally) (instanceRow, error) {
	row := instanceRow{
		ID: in.ID, Name: in.Name, Element: in.Element.Name, Tags: in.Tags, Interval: span(in.Events.Interval), Events: t.count, Waiting: in.Callback.Waiting.Events,
		Spark: newSpark(t.hours(), fmt.Sprintf("%s events in 24 hours", count(t.count))), Paused: in.Callback.Paused, Disabled: in.Disabled,
	}
	last, err := v.lastPolls(in.ID)
	if err != nil {
		return row, err
	}
	if len(last) > 0 {
		row.Last = v.when(last[0].Time)
	}
	row.State = stateOf(in, failedOf(last))
	next, err := v.Engine.NextPolls(v.ctx, v.caller, in.ID)
	if err != nil {
		return row, err
	}
	var first time.Time
	for _, at := range next {
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	row.Next = v.when(first.Truncate(time.Second))
	return row, nil
}

// tally counts the events of an instance in the last day.
type tally struct {
	count, success, failed int
	byHour                 []float64
}

func (t tally) hours() []float64 {
	if t.byHour == nil {
		return make([]float64, 2)
	}
	return t.byHour
}

// tallies counts the events of the last day for each instance that has any; 0 is all of them.
func (v *visit) tallies() (map[int64]tally, error) {
	first := v.now.Truncate(time.Hour).Add(-23 * time.Hour)
	list, err := v.Engine.Analytics(v.ctx, v.caller, engine.AnalyticsQuery{From: first.UTC().Format(time.RFC3339), To: v.now.UTC().Format(time.RFC3339), Interval: "hour"})
	if err != nil {
		return nil, err
	}
	all := map[int64]tally{}
	for i, bucket := range list {
		for _, one := range append(slices.Clone(bucket.Instances), engine.InstanceTally{Count: bucket.Count}) {
			t := all[one.Instance]
			if t.byHour == nil {
				t.byHour = make([]float64, len(list))
			}
			t.count, t.success, t.failed = t.count+one.Count, t.success+one.Success, t.failed+one.Failed
			t.byHour[i] += float64(one.Count)
			all[one.Instance] = t
		}
	}
	return all, nil
}

// bulk does one thing with the instances that were chosen. One that cannot be done does not keep the others from it.
func (v *visit) bulk() error {
	var faults []string
	chosen := 0
	for _, text := range v.all("id") {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			continue
		}
		chosen++
		if err := v.bulkOne(v.field("do"), id); err != nil {
			faults = append(faults, fmt.Sprintf("Instance %d: %s", id, v.words(err)))
		}
	}
	if chosen == 0 {
		faults = append(faults, "No instance is chosen: mark some in the first column.")
	}
	if len(faults) == 0 {
		return v.goTo("/instances", "bulk")
	}
	p, err := v.instances()
	if err != nil {
		return err
	}
	view := p.View.(instancesView)
	view.Errors = faults
	p.View, p.Live = view, false
	return v.show(p)
}

func (v *visit) bulkOne(do string, id int64) (err error) {
	switch do {
	case "pause":
		err = v.Engine.PauseCallback(v.ctx, v.caller, id, "")
	case "resume":
		err = v.Engine.ResumeCallback(v.ctx, v.caller, id)
	case "disable":
		_, err = v.Engine.Disable(v.ctx, v.caller, id)
	case "enable":
		err = v.Engine.Enable(v.ctx, v.caller, id)
	default:
		err = &engine.ConflictError{Message: "nothing is chosen to be done"}
	}
	return err
}

// all are the values of a field that a form has several times.
func (v *visit) all(name string) (values []string) {
	for _, value := range v.Request().PostArgs().PeekMulti(name) {
		values = append(values, string(value))
	}
	return values
}
