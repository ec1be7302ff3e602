package deliver

import (
	"time"

	"github.com/pollwright/pollwright/engine/change"
)

// Format is what the body of a notification looks like (configuration key event.notification.format). Each has a JSON schema in schema/.
type Format string

// The formats. The zero value means FormatElements.
const (
	// FormatElements is the platform's envelope, application/json.
	FormatElements Format = "elements"
	// FormatCloudEvents is CloudEvents 1.0 in structured mode: with Batch 1 one event, application/cloudevents+json, else always an array
	// of events, application/cloudevents-batch+json, so that a receiver sees one shape only.
	FormatCloudEvents Format = "cloudevents"
	// FormatStandard is the payload that Standard Webhooks recommends, {type, timestamp, data}, application/json. With Batch 1 data is one
	// event, else it holds a list of events.
	FormatStandard Format = "standard"
)

const (
	jsonType             = "application/json"
	cloudEventsType      = "application/cloudevents+json"
	cloudEventsBatchType = "application/cloudevents-batch+json"
)

// Known says whether a format's notifications can be formed.
func (f Format) Known() bool {
	switch f {
	case "", FormatElements, FormatCloudEvents, FormatStandard:
		return true
	}
	return false
}

// Batches are the default and the greatest number of events in a notification of the format.
func (f Format) Batches() (usual, most int) {
	if f == "" || f == FormatElements {
		return 10, 10 // as on the platform
	}
	return 1, MaxBatch
}

// shape writes bodies of one format for one source.
type shape interface {
	// event tells one change. Its id is that of change.EventID.
	event(c change.Change) event
	// body tells some of them under the id of their notification.
	body(id string, events []event) []byte
	// base bounds the bytes of a body without its events.
	base() int
	contentType() string
}

func newShape(src Source) shape {
	switch src.Format {
	case FormatCloudEvents:
		return newCloudEvents(src)
	case FormatStandard:
		return newStandard(src)
	}
	return newFrame(src)
}

// eventDate is when a change happened. One without a date is dated by the poll that saw it.
func (s Source) eventDate(c change.Change) time.Time {
	if c.Date.IsZero() {
		return s.PollDate.UTC()
	}
	return c.Date.UTC()
}

// recordOf is the record that a change tells; none for an object that was deleted.
func recordOf(c change.Change) []byte {
	if c.Kind == change.Deleted {
		return nil
	}
	return c.Record
}
