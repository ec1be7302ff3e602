package change

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strconv"
)

// maxHashID is the longest object id that hash mode remembers, bytes. No provider's ids come near; a record with a longer one is counted
// among those without id.
const maxHashID = 1024

var errHashes = errors.New("remembered contents are damaged")

// object is what is remembered of one object.
type object struct {
	// gen tells apart the states of an object with equal content: at least the number of the scan that saw the change, and greater than
	// at the change before.
	gen uint64
	// absent is the number of the first of the complete scans in a row that did not see it; 0 = the last one did. A number and not a
	// count: a scan that ends twice, because of a crash, counts once.
	absent  uint64
	content digest
}

// version is the version of a change.
func (o object) version() string {
	return strconv.FormatUint(o.gen, 10) + "-" + base64.RawURLEncoding.EncodeToString(o.content[:])
}

// Flags of an entry.
const (
	flagAbsent = 1 << 0 // absent follows gen
	flagGone   = 1 << 1 // in the log: the object is forgotten; nothing follows the id
	flagSeen   = 1 << 7 // in memory: the scan under way has seen it; never stored
)

// appendEntry writes: flags, length of the id, id, gen, absent if it is not 0, content. Numbers are uvarints.
func appendEntry(b []byte, id string, o object, seen bool) []byte {
	flags := byte(0)
	if o.absent != 0 {
		flags |= flagAbsent
	}
	if seen {
		flags |= flagSeen
	}
	b = appendID(b, flags, id)
	b = binary.AppendUvarint(b, o.gen)
	if o.absent != 0 {
		b = binary.AppendUvarint(b, o.absent)
	}
	return append(b, o.content[:]...)
}

func appendID(b []byte, flags byte, id string) []byte {
	b = append(b, flags)
	b = binary.AppendUvarint(b, uint64(len(id)))
	return append(b, id...)
}

// entryView is an entry as it lies in bytes; id is borrowed from them.
type entryView struct {
	object
	id    []byte
	flags byte
	size  int
}

// readEntry reads the entry at the head of bytes that may be damaged.
func readEntry(b []byte) (v entryView, err error) {
	if len(b) == 0 || b[0]&^(flagAbsent|flagGone|flagSeen) != 0 {
		return v, errHashes
	}
	r := reader{rest: b[1:]}
	v.flags = b[0]
	v.id = r.bytes(r.number(maxHashID))
	if len(v.id) == 0 {
		return v, errHashes
	}
	if v.flags&flagGone == 0 {
		v.gen = r.number(1<<63 - 1)
		if v.flags&flagAbsent != 0 {
			v.absent = r.number(1<<63 - 1)
		}
		copy(v.content[:], r.bytes(uint64(len(v.content))))
	}
	if r.failed || (v.flags&flagAbsent != 0 && v.absent == 0) {
		return v, errHashes
	}
	v.size = len(b) - len(r.rest)
	return v, nil
}

// reader takes bytes apart; after the first failure it gives zeros.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) number(most uint64) uint64 {
	n, size := binary.Uvarint(r.rest)
	if r.failed || size <= 0 || n > most {
		r.failed = true
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *reader) bytes(n uint64) []byte {
	if r.failed || n > uint64(len(r.rest)) {
		r.failed = true
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}
