package deliver

import (
	"strconv"
	"time"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/store"
)

const (
	// MaxBatch is the greatest number of events in a notification. Format.Batches has that of each format.
	MaxBatch = 100
	// MaxPayload bounds the bytes of a notification's body. One record that is larger travels alone and exceeds it.
	MaxPayload = 1 << 20
)

// Source is where the changes of one poll come from: an instance and one of its resources.
type Source struct {
	InstanceID   int64
	InstanceName string
	Tags         []string
	ElementKey   string
	Hub          string
	Resource     string
	AccountID    int64
	CompanyID    int64
	UserID       int64
	// PollDate is the moment of the poll. It is also the notification's createdDate: the body is formed in the poll's commit.
	PollDate time.Time
	// Format of the body; the zero value means FormatElements.
	Format Format
	// Batch is the most events in a notification. 0 or less is what is usual for the format, more than it allows is the most it allows.
	Batch int
	// Order of the events; the zero value means OrderObject.
	Order Order
	// Lanes is how many notifications may be on their way at once, 1 to MaxLanes. 0 means 1. OrderStrict has one always.
	Lanes int
}

func (s Source) instance() string { return strconv.FormatInt(s.InstanceID, 10) }

func (s Source) batch() int {
	usual, most := s.Format.Batches()
	if s.Batch < 1 {
		return usual
	}
	return min(s.Batch, most)
}

// Form makes the notifications that tell these changes: each of one lane, at most Batch events and MaxPayload bytes, a larger record
// alone; those of a lane in the order of their changes. It is pure: the same input gives the same bytes and ids. Seq is left to the store.
//
// The record of a change must be one valid JSON value; its bytes are put into the body as they are. A deleted object has no record.
func Form(src Source, changes []change.Change) []store.Notification {
	if len(changes) == 0 {
		return nil
	}
	f := former{src, newShape(src)}
	notifications := make([]store.Notification, 0, (len(changes)+src.batch()-1)/src.batch())
	for lane, events := range f.lanes(changes) {
		for len(events) > 0 {
			n := f.fit(events)
			notifications = append(notifications, f.notification(lane, events[:n]))
			events = events[n:]
		}
	}
	return notifications
}

// former puts events into notifications.
type former struct {
	src   Source
	shape shape
}

// lanes are the changes as events, by the index of their lane. Invariant 8: those of one object are in one lane, in their order. Without
// order they are all in the first list, and notification chooses the lane.
func (f former) lanes(changes []change.Change) [][]event {
	n := f.src.lanes()
	if f.src.Order == OrderNone {
		n = 1
	}
	lanes := make([][]event, n)
	for i, c := range changes {
		e := f.shape.event(c)
		e.of = &changes[i]
		lane := spread(c.ObjectID, n)
		lanes[lane] = append(lanes[lane], e)
	}
	return lanes
}

// fit counts the events at the head that go into one notification: at least one.
func (f former) fit(events []event) int {
	n, size := 0, f.shape.base()
	for n < len(events) && n < f.src.batch() {
		size += len(events[n].record) + len(events[n].entry) + len(",,")
		if n > 0 && size > MaxPayload {
			break
		}
		n++
	}
	return n
}

func (f former) notification(lane int, events []event) store.Notification {
	names := make([]string, 1, 1+len(events))
	names[0] = "notification"
	for _, e := range events {
		names = append(names, e.id)
	}
	// Invariant 3: the id depends on the events alone. It is stored with the body and is the webhook-id of every attempt.
	id := change.Hash(names...)
	if f.src.Order == OrderNone {
		lane = spread(id, f.src.lanes())
	}
	meta := Meta{Events: len(events), Resource: f.src.Resource, Formed: f.src.PollDate, ContentType: f.shape.contentType(), told: f.told(events)}
	return store.Notification{Lane: f.src.lane(lane), ID: id, Events: len(events), Meta: meta.encode(), Payload: f.shape.body(id, events)}
}

// told are the events as the meta has them.
func (f former) told(events []event) string {
	b := make([]byte, 0, 48*len(events))
	for _, e := range events {
		b = appendTold(b, Told{EventID: e.id, Kind: e.of.Kind, ObjectID: e.of.ObjectID, Date: f.src.eventDate(*e.of)}, f.src.PollDate)
	}
	return string(b)
}
