package deliver

import "github.com/pollwright/pollwright/engine/change"

// User is the "user" of every envelope: the sender's own word, where the platform writes its own address.
const User = "notifications@pollwright"

const (
	// javaDate is java.util.Date.toString in UTC: "Mon Aug 20 15:30:07 UTC 2018".
	javaDate = "Mon Jan 02 15:04:05 UTC 2006"
	// isoDate is the platform's form of an event's dates: whole seconds, UTC.
	isoDate = "2006-01-02T15:04:05Z"
)

// frame is FormatElements: the part of the platform's envelope that all notifications of one source share, cut where they differ:
//
//	parts[0] id parts[1] eventId parts[2] records parts[3] events parts[4]
//
// It is written by hand and not by encoding/json, which would compact the records; their bytes are the provider's own.
type frame struct {
	src   Source
	parts [5][]byte
	entry [3][]byte // date entry[0] eventType entry[1] objectId entry[2] eventId
	size  int       // bytes of a body without records and events
}

// event is one change as the body tells it; of is set by former.
type event struct {
	id     string
	of     *change.Change
	entry  []byte
	record []byte // if it does not stand in entry; empty for a deleted object
}

const (
	idLength     = 20 // of change.Hash
	numberLength = 16 // decimal digits of 53 bits
)

func newFrame(src Source) *frame {
	f := &frame{src: src}
	polled := src.PollDate.UTC()
	f.parts = [5][]byte{
		text(nil, `{"severity":"medium","createdDate":"`, polled.Format(javaDate),
			`","topic":`, quote("instance-"+src.instance()+"-"+src.ElementKey+"-events"), `,"action":"create","id":"`),
		text(nil, `","message":{"elementKey":`, quote(src.ElementKey), `,"accountId":`, decimal(src.AccountID), `,"eventId":"`),
		text(nil, `","companyId":`, decimal(src.CompanyID), `,"instanceId":`, src.instance(), `,"instance_id":`, src.instance(),
			`,"instanceName":`, quote(src.InstanceName), `,"instanceTags":`, tags(src.Tags), `,"raw":{`, quote(src.Resource), `:[`),
		text(nil, `]`, rawFacts(src), `},"userId":`, decimal(src.UserID), `,"events":[`),
		text(nil, `]},"user":`, quote(User), `}`),
	}
	f.entry = [3][]byte{
		text(nil, `","elementKey":`, quote(src.ElementKey), `,"pollDate":"`, polled.Format(isoDate), `","eventType":`),
		text(nil, `,"hubKey":`, quote(src.Hub), `,"objectId":`),
		text(nil, `,"objectType":`, quote(src.Resource), `,"eventId":"`),
	}
	f.size = idLength + numberLength
	for _, p := range f.parts {
		f.size += len(p)
	}
	return f
}

// rawFacts are the two members of raw beside the records. A resource may bear the name of one of them. The records are the data and
// keep the key; that fact is left out of raw, because a key written twice means another thing to each parser, and every entry of events
// says it too.
func rawFacts(src Source) string {
	facts := ""
	if src.Resource != "pollDate" {
		facts += `,"pollDate":` + decimal(src.PollDate.UnixMilli())
	}
	if src.Resource != "objectType" {
		facts += `,"objectType":` + quote(src.Resource)
	}
	return facts
}

// event implements shape.
func (f *frame) event(c change.Change) event {
	e := event{id: change.EventID(f.src.instance(), f.src.Resource, c), record: recordOf(c)}
	b := make([]byte, 0, 320)
	b = append(b, `{"date":"`...)
	b = f.src.eventDate(c).AppendFormat(b, isoDate)
	b = append(b, f.entry[0]...)
	b = append(b, quote(string(c.Kind))...)
	b = append(b, f.entry[1]...)
	b = append(b, quote(c.ObjectID)...)
	b = append(b, f.entry[2]...)
	b = append(b, e.id...)
	e.entry = append(b, `"}`...)
	return e
}

func (f *frame) body(id string, events []event) []byte {
	size := f.size
	for _, e := range events {
		size += len(e.record) + len(e.entry) + len(",,")
	}
	b := make([]byte, 0, size)
	b = append(append(b, f.parts[0]...), number(id)...)
	b = append(append(b, f.parts[1]...), id...)
	b = append(b, f.parts[2]...)
	b = list(b, events, func(e event) []byte { return e.record })
	b = append(b, f.parts[3]...)
	b = list(b, events, func(e event) []byte { return e.entry })
	return append(b, f.parts[4]...)
}

func (f *frame) base() int { return f.size }

func (f *frame) contentType() string { return jsonType }

// list appends what is there of each event, separated by commas.
func list(b []byte, events []event, of func(event) []byte) []byte {
	first := true
	for _, e := range events {
		value := of(e)
		if len(value) == 0 {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, value...)
	}
	return b
}
