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
// of version 2 (testdata/cloudevents.row.v2.golden), for all others:
//
//	byte 2 · uvarint events · varint formed · uvarint length of the content type · content type · the rest: resource
//
// and of version 3 (testdata/icontact.row.v3.golden), which is what is written, but for tests of the others:
//
//	byte 3 · byte flags · uvarint events · varint formed · uvarint length of the content type, 0 = application/json · content type ·
//	uvarint length of the resource · resource · the rest: the events (told.go)
const (
	metaOfJSON  = 1
	metaOfAny   = 2
	metaOfTold  = 3
	metaVersion = metaOfTold // the newest
)

// flagRedelivery: the notification was sent before, and is sent again because its user wants it.
const flagRedelivery = 1

// Meta is what is known of a notification without its payload.
type Meta struct {
	Events      int
	Resource    string
	Formed      time.Time // of the poll that saw the changes; milliseconds
	ContentType string    // of the payload; "" is application/json when it is encoded
	Redelivery  bool      // it stands in the outbox once more, with its id and its bytes

	told string // the events, encoded; "" in rows of versions 1 and 2
}

var errShortMeta = errors.New("it ends too early")

func (m Meta) encode() []byte {
	kind := m.ContentType
	if kind == jsonType {
		kind = ""
	}
	b := make([]byte, 1, 32+len(kind)+len(m.Resource)+len(m.told))
	if b[0] = m.version(); b[0] == metaOfTold {
		flags := byte(0)
		if m.Redelivery {
			flags = flagRedelivery
		}
		b = append(b, flags)
	}
	b = binary.AppendUvarint(b, uint64(m.Events))
	b = binary.AppendVarint(b, m.Formed.UnixMilli())
	if b[0] != metaOfJSON {
		b = appendText(b, kind)
	}
	if b[0] != metaOfTold {
		return append(b, m.Resource...)
	}
	return append(appendText(b, m.Resource), m.told...)
}

func (m Meta) version() byte {
	switch {
	case m.told != "" || m.Redelivery:
		return metaOfTold
	case m.ContentType == "" || m.ContentType == jsonType:
		return metaOfJSON
	}
	return metaOfAny
}

// ReadMeta decodes store.Notification.Meta. An error names the version it does not know or says that the bytes are cut.
func ReadMeta(b []byte) (Meta, error) {
	if len(b) == 0 {
		return Meta{}, fmt.Errorf("read notification meta: %w", errShortMeta)
	}
	version := b[0]
	if version < metaOfJSON || version > metaVersion {
		return Meta{}, fmt.Errorf("read notification meta: version %d; this build reads versions %d to %d", version, metaOfJSON, metaVersion)
	}
	m, err := readMeta(version, cut{rest: b[1:]})
	if err != nil {
		return Meta{}, fmt.Errorf("read notification meta: %w", err)
	}
	return m, nil
}

func readMeta(version byte, c cut) (Meta, error) {
	m := Meta{ContentType: jsonType}
	if version == metaOfTold {
		m.Redelivery = c.byte("flags")&flagRedelivery != 0
	}
	m.Events = int(c.number("events"))
	m.Formed = time.UnixMilli(c.signed("formed")).UTC()
	if version != metaOfJSON {
		if kind := c.text("content type"); kind != "" {
			m.ContentType = kind
		}
	}
	if version == metaOfTold {
		m.Resource = c.text("resource")
		m.told = string(c.rest)
	} else {
		m.Resource = string(c.rest)
	}
	return m, c.err
}

// cut takes encoded fields off bytes, one after the other. The first that is not whole is its error; what follows is zero.
type cut struct {
	rest []byte
	err  error
}

func (c *cut) fail(field string) {
	if c.err == nil {
		c.err = fmt.Errorf("%s: %w", field, errShortMeta)
	}
	c.rest = nil
}

func (c *cut) byte(field string) byte {
	b := c.bytes(1, field)
	if len(b) == 0 {
		return 0
	}
	return b[0]
}

func (c *cut) bytes(n int, field string) []byte {
	if n > len(c.rest) {
		c.fail(field)
		return nil
	}
	b := c.rest[:n]
	c.rest = c.rest[n:]
	return b
}

// number is bounded, so that it is an int on every machine.
func (c *cut) number(field string) uint64 {
	value, n := binary.Uvarint(c.rest)
	if n <= 0 || value > 1<<31-1 {
		c.fail(field)
		return 0
	}
	c.rest = c.rest[n:]
	return value
}

func (c *cut) signed(field string) int64 {
	value, n := binary.Varint(c.rest)
	if n <= 0 {
		c.fail(field)
		return 0
	}
	c.rest = c.rest[n:]
	return value
}

func (c *cut) text(field string) string { return string(c.bytes(int(c.number(field)), field)) }

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}
