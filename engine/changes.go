package engine

import (
	"context"
	"time"

	"github.com/pollwright/pollwright/engine/deliver"
)

// Change is a change that was detected, with the event that tells it.
type Change struct {
	EventChange
	Event      string    `json:"id"` // of the event, see Event
	Resource   string    `json:"resource"`
	DetectedAt time.Time `json:"detectedAt"` // the time of the poll
	State      string    `json:"state"`      // of the event's first sending
}

// ChangesQuery says which changes Changes returns. Status and State of the filter are not used.
type ChangesQuery struct {
	EventFilter
	Page string // token of a page, "" = the first
	Size int    // at most so many
}

// Changes lists changes of an instance, newest event first, as long as events are kept, and the token of the next page ("" = none). Events
// that were stored before changes were kept beside them are left out.
func (e *Engine) Changes(ctx context.Context, caller Caller, id int64, q ChangesQuery) (list []Change, next string, err error) {
	callback, err := e.callbackOf(ctx, caller, id)
	if err != nil {
		return nil, "", err
	}
	filter, err := q.parse()
	if err != nil {
		return nil, "", err
	}
	begin, ok := deliver.ParsePlace(q.Page)
	if !ok {
		return nil, "", badPage()
	}
	found, place, err := deliver.Changes(ctx, e.store, idText(id), deliver.ChangesQuery{Filter: filter, Begin: begin, N: q.Size, Paused: callback.Paused})
	if err != nil {
		return nil, "", err
	}
	list = []Change{}
	for _, c := range found {
		list = append(list, Change{viewTold(c.Told), c.Notification, c.Resource, c.Formed, string(c.State)})
	}
	return list, place.String(), nil
}
