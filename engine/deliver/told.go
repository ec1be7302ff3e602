package deliver

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine/change"
)

// maxObjectID is how many bytes of an object's id are told without the payload, so that a Meta stays small whatever a provider calls its
// records. A longer id ends in cutMark there; the payload has all of it.
const (
	maxObjectID = 200
	cutMark     = "…"
)

// Told is an event of a notification, as far as it is known without the payload.
type Told struct {
	EventID  string
	Kind     change.Kind // "" if this build does not know it
	ObjectID string      // see ShortObjectID
	Date     time.Time   // milliseconds
}

// The stored form of an event, many of which follow each other in a Meta of version 3: 15 bytes that are the event id in base64 · byte
// kind · varint milliseconds from Meta.Formed to the date · uvarint length of the object id · object id. Ids and objects do not compress,
// and a row that waits is small: with ids of ten bytes an event takes about 30.
const idBytes = 15 // of change.Hash, before it is made text

// ShortObjectID is an object's id as Told has it.
func ShortObjectID(id string) string {
	if len(id) <= maxObjectID {
		return id
	}
	return strings.ToValidUTF8(id[:maxObjectID-len(cutMark)], "") + cutMark
}

func appendTold(b []byte, t Told, formed time.Time) []byte {
	var id [idBytes]byte
	_, _ = base64.RawURLEncoding.Decode(id[:], []byte(t.EventID)[:min(len(t.EventID), idLength)]) // change.Hash made it
	b = append(b, id[:]...)
	b = append(b, numberOf(t.Kind))
	b = binary.AppendVarint(b, t.Date.UnixMilli()-formed.UnixMilli())
	return appendText(b, ShortObjectID(t.ObjectID))
}

// Told are the events of the notification in their order. Rows that were stored before events were kept beside the payload have none.
func (m Meta) Told() ([]Told, error) {
	var list []Told
	for c := (cut{rest: []byte(m.told)}); len(c.rest) > 0; {
		t := Told{EventID: base64.RawURLEncoding.EncodeToString(c.bytes(idBytes, "event id")), Kind: kindOf(c.byte("kind"))}
		t.Date = time.UnixMilli(m.Formed.UnixMilli() + c.signed("date")).UTC()
		t.ObjectID = c.text("object id")
		if c.err != nil {
			return nil, fmt.Errorf("read events of a notification: %w", c.err)
		}
		list = append(list, t)
	}
	return list, nil
}

// numberOf is the stored number of a kind of change; 0 is none of them.
func numberOf(kind change.Kind) byte {
	switch kind {
	case change.Created:
		return 1
	case change.Updated:
		return 2
	case change.Deleted:
		return 3
	}
	return 0
}

func kindOf(number byte) change.Kind {
	for _, kind := range []change.Kind{change.Created, change.Updated, change.Deleted} {
		if numberOf(kind) == number {
			return kind
		}
	}
	return ""
}
