package console

import (
	"encoding/json"
	"fmt"

	"github.com/pollwright/pollwright/engine"
)

const eventsShown = 50

type eventsView struct {
	Head   head
	Filter engine.EventFilter
	States []string
	Types  []string
	Rows   []eventRow
	Next   string
	Jobs   []jobRow
	Any    bool // a filter is set
	Error  string
}

type eventRow struct {
	ID       string
	Date     moment
	Resource string
	State    string
	Level    string
	Changes  int
	Again    bool
	Attempts int
	Answer   string // of the last attempt
}

type jobRow struct {
	ID, State, Error, Filter string
	Sent, Skipped            int
	Started                  moment
	Running                  bool
}

var eventStates = []string{"waiting", "retrying", "paused", "delivered", "deadletter", "resent"}

func stateLevel(state string) string {
	switch state {
	case "delivered":
		return "good"
	case "deadletter":
		return "bad"
	case "retrying", "paused":
		return "warn"
	}
	return "off"
}

func (v *visit) filter() engine.EventFilter {
	return engine.EventFilter{
		State: v.field("state"), Type: v.field("type"), Resource: v.field("resource"), ObjectID: v.field("objectId"), From: v.local(v.field("from")), To: v.local(v.field("to")),
	}
}

// local reads a time that a form's field for local times gives, in the visitor's zone; another text stays as it is.
func (v *visit) local(text string) string {
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if at, err := timeIn(layout, text, v.zone); err == nil {
			return at.UTC().Format("2006-01-02T15:04:05Z")
		}
	}
	return text
}

func (v *visit) events() (page, error) {
	in, h, err := v.headed("events")
	if err != nil {
		return page{}, err
	}
	view := eventsView{Head: h, Filter: v.filter(), States: eventStates, Types: []string{"CREATED", "UPDATED", "DELETED"}}
	view.Any = view.Filter != engine.EventFilter{}
	rows, next, err := v.eventRows(in.ID, engine.EventsQuery{EventFilter: view.Filter, Page: v.field("page"), Size: eventsShown})
	if err != nil {
		view.Error = v.words(err)
	}
	if view.Rows = rows; next != "" {
		view.Next = v.query("page", next)
	}
	if view.Jobs, err = v.jobRows(in.ID); err != nil {
		return page{}, err
	}
	view.Filter.From, view.Filter.To = v.field("from"), v.field("to")
	p := v.tabPage(h, "events", view)
	p.Live = v.field("page") == "" && view.Error == ""
	return p, nil
}

func (v *visit) eventRows(id int64, q engine.EventsQuery) (rows []eventRow, next string, err error) {
	list, next, err := v.Engine.Events(v.ctx, v.caller, id, q)
	for _, e := range list {
		row := eventRow{
			ID: e.ID, Date: v.when(e.EventDate), Resource: e.Resource, State: e.State, Level: stateLevel(e.State), Changes: e.Changes, Again: e.Redelivery, Attempts: len(e.NotifiedData),
		}
		if len(e.NotifiedData) > 0 {
			row.Answer = answerOf(e.NotifiedData[0])
		}
		rows = append(rows, row)
	}
	return rows, next, err
}

func answerOf(a engine.Attempt) string {
	if a.Status == 0 {
		return a.Fault
	}
	return fmt.Sprintf("%d in %s", a.Status, millis(a.Duration))
}

func (v *visit) jobRows(id int64) (rows []jobRow, err error) {
	jobs, err := v.Engine.Redeliveries(v.ctx, v.caller, id)
	for _, j := range jobs[:min(len(jobs), 5)] {
		filter, _ := json.Marshal(j.Filter)
		rows = append(rows, jobRow{j.ID, j.State, j.Error, string(filter), j.Sent, j.Skipped, v.when(j.Started), j.State == "running"})
	}
	return rows, err
}

// redeliverEvents begins a job for all events of the filter that the page showed.
func (v *visit) redeliverEvents() error {
	id, err := v.id()
	if err != nil {
		return err
	}
	if _, err := v.Engine.RedeliverEvents(v.ctx, v.caller, id, v.filter()); err != nil {
		return err
	}
	return v.goTo(instancePath(id, "/events"), "job")
}

func (v *visit) cancelJob() error {
	id, err := v.id()
	if err != nil {
		return err
	}
	if _, err := v.Engine.CancelRedelivery(v.ctx, v.caller, id, v.param("job")); err != nil {
		return err
	}
	return v.goTo(instancePath(id, "/events"), "cancelled")
}
