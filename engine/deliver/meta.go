package deliver

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// A version leads every stored Meta. The form of version 1 (testdata/icontact.row.v1.golden), for bodies of application/json:
//
//	byte 1 · uvarint events · varint formed, Unix milliseconds · the rest: resource
//
// and of version 2 (testdata/cloudevents.row.v2.golden), for all others:
//
//	byte 2 · uvarint events · varint formed · uvarint length of the content type · content type · the rest: resource
const (
	metaOfJSON = 1
	metaOfAny  = 2
)

// Meta is what is known of a notification without its payload.
type Meta struct {
	Events      int
	Resource    string
	Formed      time.Time // of the poll that saw the changes; milliseconds
	ContentType string    // of the payload; "" is application/json when it is encoded
}

var errShortMeta = errors.New("it ends too early")

func (m Meta) encode() []byte {
	b := make([]byte, 1, 24+len(m.ContentType)+len(m.Resource))
	b[0] = metaOfJSON
	b = binary.AppendUvarint(b, uint64(m.Events))
	b = binary.AppendVarint(b, m.Formed.UnixMilli())
	if m.ContentType != "" && m.ContentType != jsonType {
		b[0] = metaOfAny
		b = binary.AppendUvarint(b, uint64(len(m.ContentType)))
		b = append(b, m.ContentType...)
	}
	return append(b, m.Resource...)
}

// ReadMeta decodes store.Notification.Meta. An error names the version it does not know or says that the bytes are cut.
func ReadMeta(b []byte) (Meta, error) {
	if len(b) == 0 {
		return Meta{}, fmt.Errorf("read notification meta: %w", errShortMeta)
	}
	version := b[0]
	if version != metaOfJSON && version != metaOfAny {
		return Meta{}, fmt.Errorf("read notification meta: version %d; this build reads versions %d and %d", version, metaOfJSON, metaOfAny)
	}
	b = b[1:]
	events, n := binary.Uvarint(b)
	if n <= 0 || events > 1<<31-1 {
		return Meta{}, fmt.Errorf("read notification meta: events: %w", errShortMeta)
	}
	b = b[n:]
	formed, n := binary.Varint(b)
	if n <= 0 {
		return Meta{}, fmt.Errorf("read notification meta: formed: %w", errShortMeta)
	}
	m := Meta{Events: int(events), Formed: time.UnixMilli(formed).UTC(), ContentType: jsonType}
	b = b[n:]
	if version == metaOfAny {
		length, n := binary.Uvarint(b)
		if n <= 0 || length > uint64(len(b)-n) {
			return Meta{}, fmt.Errorf("read notification meta: content type: %w", errShortMeta)
		}
		m.ContentType, b = string(b[n:n+int(length)]), b[n+int(length):]
	}
	m.Resource = string(b)
	return m, nil
}
