package badgerstore

import (
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/s2"

	"github.com/pollwright/pollwright/engine/store"
)

// Rows. Every row begins with two bytes: the version of its shape, and flags (1 = the body is compressed with s2). Then, in version 1:
//
//	record   version (uvarint), number of terms (uvarint), terms (name, value, each: length as uvarint, bytes), body
//	chunk    body
//	entry    end of life in Unix milliseconds (varint; 0 = never), body
//	term     nothing
//	own      uvarint
//
// and in version 2:
//
//	pointer  number of events (uvarint), bytes of the payload (uvarint)
//	kept     lane number (uvarint), id (length as uvarint, bytes), number of events (uvarint), bytes of the payload (uvarint),
//	         meta (length as uvarint, bytes), body = payload
//
// The terms stand in order and once each. A pointer is all that Backlogs reads; what stands before a body can be read without it. A new
// shape gets a new version; the old one stays readable (of version 1 were other pointers, and payloads: migrate.go).
const (
	rowVersion  = 1
	noteVersion = 2 // of pointers and kept rows
	flagS2      = 1
	rowHead     = 2
	worthTrying = 64       // bytes; shorter bodies hardly shrink
	maxBody     = 64 << 20 // bytes; a longer one is refused when written, and is damage when read
)

var errRow = errors.New("damaged row")

type record struct {
	version store.Version
	terms   []store.Term
	body    []byte
}

func (r record) row() []byte {
	b := binary.AppendUvarint(begin(32*len(r.terms)), uint64(r.version))
	b = binary.AppendUvarint(b, uint64(len(r.terms)))
	for _, t := range r.terms {
		b = appendText(appendText(b, t.Name), t.Value)
	}
	return finish(b, r.body)
}

func readRecord(row []byte) (record, error) {
	d := decode(row)
	r := d.record()
	r.body = d.body()
	return r, d.err
}

// readHead reads a record without its body.
func readHead(row []byte) (record, error) {
	d := decode(row)
	return d.record(), d.err
}

func plainRow(body []byte) []byte { return finish(begin(0), body) }

func readPlain(row []byte) ([]byte, error) {
	d := decode(row)
	return d.body(), d.err
}

func entryRow(expires time.Time, body []byte) []byte {
	var ms int64
	if !expires.IsZero() {
		ms = expires.UnixMilli()
	}
	return finish(binary.AppendVarint(begin(0), ms), body)
}

func readEntry(row []byte) (expires time.Time, body []byte, err error) {
	d := decode(row)
	if ms := d.varint(); ms != 0 {
		expires = time.UnixMilli(ms).UTC()
	}
	return expires, d.body(), d.err
}

func numberRow(n uint64) []byte { return binary.AppendUvarint(begin(0), n) }

func readNumber(row []byte) (uint64, error) {
	d := decode(row)
	return d.uvarint(), d.err
}

func begin(room int) []byte { return beginAs(rowVersion, room) }

func beginAs(version byte, room int) []byte {
	b := make([]byte, 0, rowHead+3*binary.MaxVarintLen64+room)
	return append(b, version, 0)
}

// finish makes the row of its head and its body, compressed if that makes it smaller. The row takes no more memory than it has bytes: it waits until
// the store has written it, with thousands of others.
func finish(head, body []byte) []byte {
	if len(body) >= worthTrying {
		scratch := scratches.Get().(*[]byte)
		defer scratches.Put(scratch)
		if most := s2.MaxEncodedLen(len(body)); most > cap(*scratch) {
			*scratch = make([]byte, 0, most)
		}
		if small := s2.Encode((*scratch)[:cap(*scratch)], body); len(small) < len(body) {
			head[1] |= flagS2
			body = small
		}
	}
	return slices.Concat(head, body)
}

// scratches are what bodies are compressed in, which takes more room than they have afterwards.
var scratches = sync.Pool{New: func() any { return new([]byte) }}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
