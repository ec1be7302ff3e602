package badgerstore

import (
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/s2"

	"github.com/pollwright/pollwright/engine/store"
)

// decoder reads a row from its front; after the first fault it gives zero values.
type decoder struct {
	rest  []byte
	flags byte
	err   error
}

func decode(row []byte) *decoder { return decodeAs(rowVersion, row) }

func decodeAs(version byte, row []byte) *decoder {
	switch {
	case len(row) < rowHead:
		return &decoder{err: fmt.Errorf("%w: %d bytes", errRow, len(row))}
	case row[0] != version:
		return &decoder{err: fmt.Errorf("row of version %d, this program reads %d: it may be older than the folder", row[0], version)}
	}
	return &decoder{rest: row[rowHead:], flags: row[1]}
}

// record reads what stands before the body.
func (d *decoder) record() record {
	r := record{version: store.Version(d.uvarint())}
	for n := d.uvarint(); n > 0 && d.err == nil; n-- {
		r.terms = append(r.terms, store.Term{Name: d.text(), Value: d.text()})
	}
	return r
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	return skip(d, v, n)
}

// count is a number that an int holds.
func (d *decoder) count(most int) int {
	v := d.uvarint()
	if v > uint64(most) {
		d.fault()
		return 0
	}
	return int(v)
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.rest)
	return skip(d, v, n)
}

func skip[T any](d *decoder, v T, n int) T {
	if n <= 0 {
		d.fault()
		var zero T
		return zero
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) text() string {
	n := d.uvarint()
	if n > uint64(len(d.rest)) {
		d.fault()
		return ""
	}
	s := string(d.rest[:n])
	d.rest = d.rest[n:]
	return s
}

// body copies what is left; it is never nil.
func (d *decoder) body() []byte {
	if d.flags&flagS2 == 0 {
		return append([]byte{}, d.rest...)
	}
	if n, err := s2.DecodedLen(d.rest); err != nil || n > maxBody {
		d.fault()
		return nil
	}
	body, err := s2.Decode(nil, d.rest)
	if err != nil {
		d.fault()
	}
	return body
}

func (d *decoder) fault() {
	d.rest = nil
	if d.err == nil {
		d.err = errRow
	}
}
