package console

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

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
	in, err := v.instance()
	if err != nil {
		return page{}, err
	}
	h, _, err := v.head(in, "events")
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

// eventView is one event with why it was told.
type eventView struct {
	Head     head
	Event    eventRow
	PollDate moment
	Webhook  string
	Changes  []explained
	Poll     *pollRow
	Attempts []attemptRow
	Trouble  *trouble
	Payload  string
}

type explained struct {
	changeRow
	Rule             string
	Updated, Created string
	From, To         moment
}

type changeRow struct {
	EventID  string
	ObjectID string
	Type     string
	Date     moment
	Resource string
	Event    string
	State    string
	Level    string
	Detected moment
	Story    string // address of the object's story
}

type attemptRow struct {
	Number   int
	At       moment
	Duration string
	Status   int
	Fault    string
	Answer   string
	Good     bool
}

func (v *visit) event1() (page, error) {
	in, err := v.instance()
	if err != nil {
		return page{}, err
	}
	h, _, err := v.head(in, "events")
	if err != nil {
		return page{}, err
	}
	x, err := v.Engine.Explain(v.ctx, v.caller, in.ID, v.param("event"))
	if err != nil {
		return page{}, err
	}
	e := x.Event
	view := eventView{
		Head: h, Webhook: e.ID, PollDate: v.when(e.PollDate), Payload: indented(e.Payload),
		Event: eventRow{ID: e.ID, Date: v.when(e.EventDate), Resource: e.Resource, State: e.State, Level: stateLevel(e.State), Changes: e.Changes, Again: e.Redelivery},
	}
	for _, c := range x.Changes {
		row := explained{changeRow: changeRow{EventID: c.ID, ObjectID: c.ObjectID, Type: c.Type, Date: v.when(c.Date), Story: storyPath(in.ID, c.ObjectID)}, Rule: c.Rule, Updated: c.Updated, Created: c.Created}
		if c.Window != nil {
			row.From, row.To = v.when(c.Window.From), v.when(c.Window.To)
		}
		view.Changes = append(view.Changes, row)
	}
	if x.Poll != nil {
		row := v.pollRow(*x.Poll)
		view.Poll = &row
	}
	for _, a := range e.NotifiedData {
		view.Attempts = append(view.Attempts, attemptRow{a.Number, v.when(a.At), millis(a.Duration), a.Status, a.Fault, a.Answer, a.Status >= 200 && a.Status < 300})
	}
	if c := e.Callback; c != nil {
		view.Trouble = &trouble{c.Faults, c.Fault, v.when(c.Since), v.when(c.Next)}
	}
	p := v.tabPage(h, "event", view)
	p.Live = true
	return p, nil
}

func storyPath(id int64, object string) string {
	return Path + instancePath(id, "/objects?objectId="+url.QueryEscape(object))
}

type objectView struct {
	Head   head
	Object string
	Rows   []changeRow
	Next   string
	Error  string
}

// object is the whole story of one object, as far as events are kept.
func (v *visit) object() (page, error) {
	in, err := v.instance()
	if err != nil {
		return page{}, err
	}
	h, _, err := v.head(in, "events")
	if err != nil {
		return page{}, err
	}
	view := objectView{Head: h, Object: v.field("objectId")}
	if view.Object != "" {
		list, next, err := v.Engine.Changes(v.ctx, v.caller, in.ID, engine.ChangesQuery{EventFilter: engine.EventFilter{ObjectID: view.Object}, Page: v.field("page"), Size: eventsShown})
		if err != nil {
			view.Error = v.words(err)
		}
		for _, c := range list {
			view.Rows = append(view.Rows, changeRow{
				EventID: c.ID, ObjectID: c.ObjectID, Type: c.Type, Date: v.when(c.Date), Resource: c.Resource, Event: c.Event, State: c.State, Level: stateLevel(c.State), Detected: v.when(c.DetectedAt),
			})
		}
		if next != "" {
			view.Next = v.query("page", next)
		}
	}
	p := v.tabPage(h, "object", view)
	p.Live = view.Error == ""
	return p, nil
}

func (v *visit) redeliverEvent() error {
	id, err := v.id()
	if err != nil {
		return err
	}
	event := v.param("event")
	if _, err := v.Engine.RedeliverEvent(v.ctx, v.caller, id, event); err != nil {
		return err
	}
	return v.goTo(instancePath(id, "/events/"+url.PathEscape(event)), "redelivered")
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

// lettersView lists notifications that were given up.
type lettersView struct {
	Head head
	Rows []letterRow
	Next string
}

type letterRow struct {
	ID, Webhook string
	At          moment
	Attempts    int
	Answer      string
	Payload     string
}

func (v *visit) deadLetters() (page, error) {
	in, err := v.instance()
	if err != nil {
		return page{}, err
	}
	h, _, err := v.head(in, "deadletters")
	if err != nil {
		return page{}, err
	}
	list, next, err := v.Engine.DeadLetters(v.ctx, v.caller, in.ID, v.field("after"), eventsShown)
	if err != nil {
		return page{}, err
	}
	view := lettersView{Head: h}
	for _, l := range list {
		view.Rows = append(view.Rows, v.letterRow(l))
	}
	if next != "" {
		view.Next = v.query("after", next)
	}
	p := v.tabPage(h, "deadletters", view)
	p.Live = true
	return p, nil
}

func (v *visit) letterRow(l engine.DeadLetter) letterRow {
	answer := l.Fault
	if l.Status != 0 {
		answer = strings.TrimSpace(fmt.Sprintf("%d %s", l.Status, l.Fault))
	}
	return letterRow{l.ID, l.Notification, v.when(l.At), l.Attempts, answer, indented(l.Payload)}
}

type letterView struct {
	Head   head
	Letter letterRow
}

func (v *visit) deadLetter() (page, error) {
	in, err := v.instance()
	if err != nil {
		return page{}, err
	}
	h, _, err := v.head(in, "deadletters")
	if err != nil {
		return page{}, err
	}
	l, err := v.Engine.DeadLetter(v.ctx, v.caller, in.ID, v.param("letter"))
	return v.tabPage(h, "deadletter", letterView{h, v.letterRow(l)}), err
}

func (v *visit) redeliverLetter() error {
	id, err := v.id()
	if err != nil {
		return err
	}
	if err := v.Engine.Redeliver(v.ctx, v.caller, id, v.param("letter")); err != nil {
		return err
	}
	return v.goTo(instancePath(id, "/deadletters"), "redelivered")
}
