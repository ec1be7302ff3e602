package deliver

import (
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine/change"
)

// standard is the payload that Standard Webhooks recommends ("Payload structure"): a type separated by full stops, the time when the event
// occurred, and data. With a batch the type is "<resource>.changed", the time that of the poll, and data.events the list of events.
type standard struct {
	src   Source
	many  bool
	facts []byte // of data, that all events share
}

func newStandard(src Source) *standard {
	return &standard{
		src: src, many: src.batch() > 1,
		facts: text(nil, `"elementKey":`, quote(src.ElementKey), `,"instanceId":`, src.instance(), `,"instanceName":`, quote(src.InstanceName),
			`,"resource":`, quote(src.Resource)),
	}
}

func (f *standard) event(c change.Change) event {
	e := event{id: change.EventID(f.src.instance(), f.src.Resource, c)}
	record := recordOf(c)
	at := f.src.eventDate(c).Format(time.RFC3339Nano)
	b := make([]byte, 0, len(f.facts)+len(record)+256)
	if f.many {
		b = text(b, `{"timestamp":"`, at, `",`)
	} else {
		b = text(b, `{"type":`, quote(f.src.Resource+"."+strings.ToLower(string(c.Kind))), `,"timestamp":"`, at, `","data":{`)
		b = append(append(b, f.facts...), ',')
	}
	b = text(b, `"eventId":"`, e.id, `","eventType":`, quote(string(c.Kind)), `,"objectId":`, quote(c.ObjectID))
	if len(record) > 0 {
		b = append(append(b, `,"record":`...), record...)
	}
	b = append(b, '}')
	if !f.many {
		b = append(b, '}')
	}
	e.entry = b
	return e
}

func (f *standard) body(_ string, events []event) []byte {
	if !f.many {
		return events[0].entry
	}
	size := f.base()
	for _, e := range events {
		size += len(e.entry) + len(",")
	}
	b := text(make([]byte, 0, size), `{"type":`, quote(f.src.Resource+".changed"), `,"timestamp":"`, f.src.PollDate.UTC().Format(time.RFC3339Nano), `","data":{`)
	b = append(append(b, f.facts...), `,"events":[`...)
	return append(list(b, events, func(e event) []byte { return e.entry }), `]}}`...)
}

func (f *standard) base() int { return len(f.facts) + 6*len(f.src.Resource) + 128 }

func (f *standard) contentType() string { return jsonType }
