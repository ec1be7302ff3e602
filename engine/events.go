package engine

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/store"
)

// hydrateBytes bounds the payloads of one page of events.
const hydrateBytes = 4 << 20

// Event is a notification in the shape of the platform's event object: id, eventDate, status, providerData and notifiedData are the
// platform's, the rest is ours. One that was sent again is one event for each sending.
type Event struct {
	ID           string    `json:"id"`           // message.eventId of the callback, and its webhook-id
	EventDate    time.Time `json:"eventDate"`    // when it was stored
	Status       string    `json:"status"`       // the platform's word for State
	ProviderData string    `json:"providerData"` // message.raw of the callback as JSON text; in other formats the whole payload
	NotifiedData []Attempt `json:"notifiedData"` // newest first
	Instance     int64     `json:"elementInstanceId"`
	State        string    `json:"state"`
	Resource     string    `json:"resource"`
	PollDate     time.Time `json:"pollDate,omitzero"`
	Changes      int       `json:"changes"`
	Redelivery   bool      `json:"redelivery,omitempty"` // sent again on request
	// Callback is how the callback of an event that waits fares, if it is in trouble: its faults are logged with no event.
	Callback *Callback `json:"callback,omitempty"`
	// Events and Payload are told of one event, and not in lists.
	Events  []EventChange   `json:"events,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// Attempt is one try to deliver an event: one that succeeded or that its callback refused.
type Attempt struct {
	Number   int       `json:"number"`
	At       time.Time `json:"at"`
	Status   int       `json:"status,omitempty"` // 0 = no answer
	Duration int64     `json:"durationMs"`
	Fault    string    `json:"fault,omitempty"`
	Answer   string    `json:"answer,omitempty"` // the beginning of the answer's body; not in lists
}

// EventChange is a change that an event tells.
type EventChange struct {
	ID       string    `json:"eventId"`
	ObjectID string    `json:"objectId"`
	Type     string    `json:"eventType"`
	Date     time.Time `json:"date"` // the record's own
}

// EventsQuery says which events Events returns.
type EventsQuery struct {
	EventFilter
	Page    string // token of a page, "" = the first
	Size    int    // at most so many
	Hydrate bool   // with ProviderData; a page ends then when its payloads are large
}

// Events lists events of an instance, newest first, as long as they are kept, and the token of the next page ("" = none).
func (e *Engine) Events(ctx context.Context, caller Caller, id int64, q EventsQuery) (list []Event, next string, err error) {
	callback, err := e.callbackOf(ctx, caller, id)
	if err != nil {
		return nil, "", err
	}
	filter, err := q.parse()
	if err != nil {
		return nil, "", err
	}
	before, err := parsePage(q.Page)
	if err != nil {
		return nil, "", err
	}
	rows, after, err := deliver.List(ctx, e.store, idText(id), deliver.Query{Filter: filter, Before: before, N: q.Size, Paused: callback.Paused})
	if err != nil {
		return nil, "", err
	}
	list, size := []Event{}, 0
	for i, row := range rows {
		event := viewEvent(id, row, callback)
		if q.Hydrate {
			k, err := e.store.Recall(ctx, idText(id), row.Seq)
			if err != nil {
				return nil, "", err
			}
			if size += len(k.Payload); size > hydrateBytes && i > 0 {
				return list, pageToken(rows[i-1].Seq), nil
			}
			event.ProviderData = providerData(k.Payload)
		}
		list = append(list, event)
	}
	return list, pageToken(after), nil
}

// callbackOf checks that an instance is the caller's and tells how its callback fares.
func (e *Engine) callbackOf(ctx context.Context, caller Caller, id int64) (Callback, error) {
	in, err := e.Instance(ctx, caller, id)
	if err != nil {
		return Callback{}, err
	}
	return in.Callback, nil
}

// Event finds one by its id, or by that of one of its changes, with its attempts and its payload; see deliver.Find for what that costs.
func (e *Engine) Event(ctx context.Context, caller Caller, id int64, eventID string) (Event, error) {
	row, callback, err := e.event(ctx, caller, id, eventID)
	if err != nil {
		return Event{}, err
	}
	return detailed(id, row, callback), nil
}

func (e *Engine) event(ctx context.Context, caller Caller, id int64, eventID string) (deliver.Listed, Callback, error) {
	callback, err := e.callbackOf(ctx, caller, id)
	if err != nil {
		return deliver.Listed{}, callback, err
	}
	if (store.Key{Name: "notification/" + eventID}).Check() != nil { // no id of an event
		return deliver.Listed{}, callback, ErrNotFound
	}
	row, err := deliver.Find(ctx, e.store, idText(id), eventID, callback.Paused)
	if errors.Is(err, deliver.ErrNoNotification) {
		err = ErrNotFound
	}
	return row, callback, err
}

func viewEvent(id int64, row deliver.Listed, callback Callback) Event {
	event := Event{
		ID: row.ID, EventDate: row.Seq.Time().Truncate(time.Millisecond), Status: string(row.Fate.Status()), NotifiedData: []Attempt{}, Instance: id,
		State: string(row.Fate.State), Resource: row.Meta.Resource, PollDate: row.Meta.Formed, Changes: row.Meta.Events, Redelivery: row.Meta.Redelivery,
	}
	for _, a := range row.Fate.Attempts {
		event.NotifiedData = append(event.NotifiedData, Attempt{
			Number: a.Number, At: a.At, Status: a.Status, Duration: a.Duration.Milliseconds(), Fault: string(a.Fault),
		})
	}
	if row.Waiting && (callback.Paused || callback.Faults > 0) {
		event.Callback = &callback
	}
	return event
}

func detailed(id int64, row deliver.Listed, callback Callback) Event {
	event := viewEvent(id, row, callback)
	for i, a := range row.Fate.Attempts {
		event.NotifiedData[i].Answer = a.Said
	}
	told, _ := row.Meta.Told() // what cannot be read is in the payload
	for _, t := range told {
		event.Events = append(event.Events, viewTold(t))
	}
	event.ProviderData = providerData(row.Payload)
	if json.Valid(row.Payload) {
		event.Payload = row.Payload
	}
	return event
}

func viewTold(t deliver.Told) EventChange {
	return EventChange{ID: t.EventID, ObjectID: t.ObjectID, Type: string(t.Kind), Date: t.Date}
}

// providerData is what the platform calls so: the provider's records as text.
func providerData(payload []byte) string {
	var envelope struct {
		Message struct {
			Raw json.RawMessage `json:"raw"`
		} `json:"message"`
	}
	if err := json.Unmarshal(payload, &envelope); err == nil && len(envelope.Message.Raw) > 0 {
		return string(envelope.Message.Raw)
	}
	return string(payload)
}

// A page token is the number of the last notification of the page before.
func parsePage(token string) (store.Seq, error) {
	if token == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(token, 10, 63)
	if err != nil || n == 0 {
		return 0, badPage()
	}
	return store.Seq(n), nil
}

func badPage() error {
	return &instance.InvalidError{Problems: []instance.Problem{{Path: "nextPage", Message: "is not a page token of this service"}}}
}

func pageToken(seq store.Seq) string {
	if seq == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(seq), 10)
}
