package console

import "github.com/pollwright/pollwright/engine"

type objectView struct {
	Head   head
	Object string
	Rows   []changeRow
	Next   string
	Error  string
}

// object is the whole story of one object, as far as events are kept.
func (v *visit) object() (page, error) {
	in, h, err := v.headed("events")
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
