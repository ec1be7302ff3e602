package demo

import (
	"encoding/json"
	"fmt"
	"time"
)

// notification is the part of a callback's body that the demo uses.
type notification struct {
	Message struct {
		ElementKey string                     `json:"elementKey"`
		EventID    string                     `json:"eventId"` // of the notification
		Raw        map[string]json.RawMessage `json:"raw"`     // the records under their object type, and facts of the poll
		Events     []told                     `json:"events"`
	} `json:"message"`
}

// told is one entry of message.events.
type told struct {
	Element    string `json:"elementKey"`
	Kind       string `json:"eventType"` // CREATED, UPDATED or DELETED
	ObjectID   string `json:"objectId"`
	ObjectType string `json:"objectType"` // the resource's name in event.poller.configuration
	EventID    string `json:"eventId"`
}

// event is one event with its record, as it arrived.
type event struct {
	told
	Record json.RawMessage
	At     time.Time
}

// read takes a notification apart. The records stand in the order of the events.
func read(body []byte, at time.Time) (id string, events []event, err error) {
	var n notification
	if err := json.Unmarshal(body, &n); err != nil {
		return "", nil, fmt.Errorf("the body is not a notification: %w", err)
	}
	m := n.Message
	if m.EventID == "" || len(m.Events) == 0 {
		return "", nil, fmt.Errorf("the notification has no message.eventId or no message.events")
	}
	records := map[string][]json.RawMessage{}
	for _, t := range m.Events {
		if _, done := records[t.ObjectType]; !done {
			var list []json.RawMessage
			if err := json.Unmarshal(m.Raw[t.ObjectType], &list); err != nil {
				return "", nil, fmt.Errorf("message.raw.%s is not a list of records: %w", t.ObjectType, err)
			}
			records[t.ObjectType] = list
		}
		if len(records[t.ObjectType]) == 0 {
			return "", nil, fmt.Errorf("message.raw.%s has fewer records than there are events", t.ObjectType)
		}
		events = append(events, event{t, records[t.ObjectType][0], at})
		records[t.ObjectType] = records[t.ObjectType][1:]
	}
	for name, left := range records {
		if len(left) > 0 {
			return "", nil, fmt.Errorf("message.raw.%s has more records than there are events", name)
		}
	}
	return m.EventID, events, nil
}
