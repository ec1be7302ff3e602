package deliver

import (
	"slices"
	"time"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/store"
)

// Filter says which notifications are wanted. The zero value wants all; of each field the zero value does.
type Filter struct {
	State    State
	Status   Status
	Resource string
	Type     change.Kind // it tells an event of this kind
	ObjectID string      // it tells an event of this object
	From     time.Time   // it was stored at or after this moment
	To       time.Time   // it was stored before this moment
}

// span is the range of numbers that the times stand for: first <= seq < end. end 0 means no end; none says that nothing is in it.
func (f Filter) span() (first, end store.Seq, none bool) {
	if !f.From.IsZero() {
		first = store.SeqAt(f.From)
	}
	if !f.To.IsZero() {
		end = store.SeqAt(f.To)
		none = end <= first
	}
	return first, end, none
}

// knows says whether a meta, and whether it waits, leave it open that the notification is wanted.
func (f Filter) knows(k store.Kept, m Meta) bool {
	if f.Resource != "" && f.Resource != m.Resource {
		return false
	}
	switch f.State {
	case "":
	case StateWaiting, StateRetrying, StatePaused:
		if !k.Waiting {
			return false
		}
	default:
		if k.Waiting {
			return false
		}
	}
	if f.Status == StatusReceived && !k.Waiting || f.Status == StatusNotified && k.Waiting {
		return false
	}
	if f.Type == "" && f.ObjectID == "" {
		return true
	}
	told, _ := m.Told() // events that cannot be read are not those
	return slices.ContainsFunc(told, f.tells)
}

// tells says whether an event is one of those that are wanted.
func (f Filter) tells(t Told) bool {
	return (f.Type == "" || f.Type == t.Kind) && (f.ObjectID == "" || ShortObjectID(f.ObjectID) == t.ObjectID)
}

// asksFate says whether the log of attempts must be read to decide.
func (f Filter) asksFate() bool { return f.State != "" || f.Status != "" }

func (f Filter) wants(fate Fate) bool {
	return (f.State == "" || f.State == fate.State) && (f.Status == "" || f.Status == fate.Status())
}
