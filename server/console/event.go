package console

import "net/url"

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

func (v *visit) event() (page, error) {
	in, h, err := v.headed("events")
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
