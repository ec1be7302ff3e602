package badgerstore

import (
	"encoding/binary"
	"math"

	"github.com/pollwright/pollwright/engine/store"
)

// pointer is the row that makes a notification wait: what must be summed of all that wait, and no more.
type pointer struct{ events, bytes int }

func pointerOf(n store.Notification) pointer { return pointer{events: n.Events, bytes: len(n.Payload)} }

func (p pointer) row() []byte {
	return binary.AppendUvarint(binary.AppendUvarint(beginAs(noteVersion, 0), uint64(p.events)), uint64(p.bytes))
}

func readPointer(row []byte) (pointer, error) {
	d := decodeAs(noteVersion, row)
	return pointer{events: d.count(math.MaxInt), bytes: d.count(math.MaxInt)}, d.err
}

// kept is what a kept row says before the payload.
type kept struct {
	lane   uint16
	id     string
	events int
	bytes  int // of the payload
	meta   []byte
}

func keptRow(n store.Notification) []byte {
	k := kept{lane: n.Lane.Number, id: n.ID, events: n.Events, bytes: len(n.Payload), meta: n.Meta}
	return finish(k.head(0), n.Payload)
}

// head is a kept row up to the payload, with room for one.
func (k kept) head(room int) []byte {
	b := beginAs(noteVersion, len(k.id)+len(k.meta)+3*binary.MaxVarintLen64+room)
	b = appendText(binary.AppendUvarint(b, uint64(k.lane)), k.id)
	b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(k.events)), uint64(k.bytes))
	return append(binary.AppendUvarint(b, uint64(len(k.meta))), k.meta...)
}

// readKept reads a whole row.
func readKept(row []byte) (k kept, payload []byte, err error) {
	d := decodeAs(noteVersion, row)
	k, payload = d.kept(), d.body()
	if len(payload) != k.bytes {
		d.fault()
	}
	return k, payload, d.err
}

// readKeptHead reads a row without its payload.
func readKeptHead(row []byte) (kept, error) {
	d := decodeAs(noteVersion, row)
	return d.kept(), d.err
}

func (d *decoder) kept() kept {
	return kept{
		lane: uint16(d.count(math.MaxUint16)), id: d.text(), events: d.count(math.MaxInt), bytes: d.count(maxBody), meta: []byte(d.text()),
	}
}

// notification is a kept row's as the store hands it out, without its payload.
func (k kept) notification(instance string, seq store.Seq) store.Notification {
	return store.Notification{Lane: store.Lane{Instance: instance, Number: k.lane}, Seq: seq, ID: k.id, Events: k.events, Meta: k.meta}
}
