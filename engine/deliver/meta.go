package deliver

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// metaVersion leads every stored Meta. The form of version 1 (testdata/meta.v1.golden):
//
//	byte 1 · uvarint events · varint formed, Unix milliseconds · the rest: resource
const metaVersion = 1

// Meta is what is known of a notification without its payload.
type Meta struct {
	Events   int
	Resource string
	Formed   time.Time // of the poll that saw the changes; milliseconds
}

var errShortMeta = errors.New("it ends too early")

func (m Meta) encode() []byte {
	b := make([]byte, 1, 16+len(m.Resource))
	b[0] = metaVersion
	b = binary.AppendUvarint(b, uint64(m.Events))
	b = binary.AppendVarint(b, m.Formed.UnixMilli())
	return append(b, m.Resource...)
}

// ReadMeta decodes store.Notification.Meta. An error names the version it does not know or says that the bytes are cut.
func ReadMeta(b []byte) (Meta, error) {
	if len(b) == 0 {
		return Meta{}, fmt.Errorf("read notification meta: %w", errShortMeta)
	}
	if b[0] != metaVersion {
		return Meta{}, fmt.Errorf("read notification meta: version %d; this build reads version %d", b[0], metaVersion)
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
	return Meta{Events: int(events), Resource: string(b[n:]), Formed: time.UnixMilli(formed).UTC()}, nil
}
