package engine

import (
	"context"
	"fmt"

	"github.com/pollwright/pollwright/engine/deliver"
)

// Disposition is what was done with an event, in the platform's shape.
type Disposition struct {
	Event    string            `json:"eventId"`
	Instance int64             `json:"elementInstanceId"`
	Messages []DispositionText `json:"notificationData"` // in the order in which it happened
}

// DispositionText is one thing that was done.
type DispositionText struct {
	Message string `json:"message"`
}

// Dispositions lists what was done with the events of an instance, newest event first, and the token of the next page ("" = none).
func (e *Engine) Dispositions(ctx context.Context, caller Caller, id int64, q EventsQuery) (list []Disposition, next string, err error) {
	q.Hydrate = false
	events, next, err := e.Events(ctx, caller, id, q)
	if err != nil {
		return nil, "", err
	}
	list = []Disposition{}
	for _, event := range events {
		list = append(list, Disposition{event.ID, id, event.disposition()})
	}
	return list, next, nil
}

// disposition words a failure as the platform does: "Error delivering event".
func (e Event) disposition() []DispositionText {
	list := []DispositionText{}
	say := func(format string, args ...any) { list = append(list, DispositionText{fmt.Sprintf(format, args...)}) }
	for i := len(e.NotifiedData) - 1; i >= 0; i-- {
		switch a := e.NotifiedData[i]; {
		case a.Fault == "":
			say("Delivered event: the callback answered %d to attempt %d", a.Status, a.Number)
		case a.Status == 0:
			say("Error delivering event: %s in attempt %d", a.Fault, a.Number)
		default:
			say("Error delivering event: the callback answered %d to attempt %d", a.Status, a.Number)
		}
	}
	switch deliver.State(e.State) {
	case deliver.StateDeadLetter:
		say("Error delivering event: it was given up and is a dead letter")
	case deliver.StateResent:
		say("Error delivering event: it was given up, and then sent again")
	case deliver.StatePaused:
		say("Error delivering event: the callback is paused")
	case deliver.StateWaiting, deliver.StateRetrying:
		if e.Callback != nil {
			say("Error delivering event: the callback is in trouble, %d faults in a row since %s", e.Callback.Faults, e.Callback.Since.UTC().Format("2006-01-02T15:04:05Z"))
		}
	}
	return list
}
