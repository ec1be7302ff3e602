package deliver

import (
	"net/url"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine/change"
)

// typePrefix leads the type of every CloudEvent; the kind of change in lower case follows.
const typePrefix = "pollwright.record."

// cloudEvents is the JSON event format of CloudEvents 1.0 (github.com/cloudevents/spec, json-format.md), structured content mode.
// Attributes: source is the path of the resource, subject the object's id, time the record's own date. Extensions: element, instance,
// resource, and polltime, the moment of the poll. The record is data, its bytes unchanged; an event of a deleted object has no data.
type cloudEvents struct {
	src  Source
	many bool
	head []byte // of an event, up to its id
	tail []byte // behind its time
}

func newCloudEvents(src Source) *cloudEvents {
	source := "/elements/" + url.PathEscape(src.ElementKey) + "/instances/" + src.instance() + "/" + url.PathEscape(src.Resource)
	return &cloudEvents{
		src: src, many: src.batch() > 1,
		head: text(nil, `{"specversion":"1.0","source":`, quote(source), `,"id":"`),
		tail: text(nil, `","element":`, quote(src.ElementKey), `,"instance":"`, src.instance(), `","resource":`, quote(src.Resource),
			`,"polltime":"`, src.PollDate.UTC().Format(time.RFC3339Nano), `"`),
	}
}

func (f *cloudEvents) event(c change.Change) event {
	e := event{id: change.EventID(f.src.instance(), f.src.Resource, c)}
	record := recordOf(c)
	b := make([]byte, 0, len(f.head)+len(f.tail)+len(record)+256)
	b = append(append(b, f.head...), e.id...)
	b = text(b, `","type":`, quote(typePrefix+strings.ToLower(string(c.Kind))))
	if c.ObjectID != "" { // a subject must not be empty
		b = text(b, `,"subject":`, quote(c.ObjectID))
	}
	b = f.src.eventDate(c).AppendFormat(append(b, `,"time":"`...), time.RFC3339Nano)
	b = append(b, f.tail...)
	if len(record) > 0 {
		b = append(append(b, `,"datacontenttype":"application/json","data":`...), record...)
	}
	e.entry = append(b, '}')
	return e
}

func (f *cloudEvents) body(_ string, events []event) []byte {
	if !f.many {
		return events[0].entry
	}
	size := f.base()
	for _, e := range events {
		size += len(e.entry) + len(",")
	}
	b := append(make([]byte, 0, size), '[')
	return append(list(b, events, func(e event) []byte { return e.entry }), ']')
}

func (f *cloudEvents) base() int { return len("[]") }

func (f *cloudEvents) contentType() string {
	if f.many {
		return cloudEventsBatchType
	}
	return cloudEventsType
}
