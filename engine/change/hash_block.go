package change

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"sort"
)

const (
	// fullBlock is where a block is split, bytes. About 1,500 objects with ids of 10 characters.
	fullBlock = 40 << 10
	// maxBlock keeps offsets inside 16 bits.
	maxBlock = 1<<16 - 1
)

// block is a run of remembered objects in the order of their ids, as bytes: no object on the heap for each. It is a chunk of the store.
type block struct {
	data   []byte
	starts []uint16 // of the entries
	name   string   // id of the chunk in the store; "" = not there yet
	dirty  bool     // differs from what is stored
}

// loadBlock takes over bytes from the store.
func loadBlock(c Chunk) (*block, error) {
	if len(c.Value) == 0 || len(c.Value) > maxBlock {
		return nil, fmt.Errorf("chunk %s has %d bytes: %w", c.ID, len(c.Value), errHashes)
	}
	b := &block{data: c.Value, name: c.ID}
	var before []byte
	for at := 0; at < len(b.data); {
		v, err := readEntry(b.data[at:])
		if err != nil || v.flags&^flagAbsent != 0 || bytes.Compare(before, v.id) >= 0 {
			return nil, fmt.Errorf("chunk %s at byte %d: %w", c.ID, at, errHashes)
		}
		b.starts = append(b.starts, uint16(at))
		at, before = at+v.size, v.id
	}
	b.starts = slices.Clip(b.starts)
	return b, nil
}

func (b *block) len() int { return len(b.starts) }

// id is borrowed from the block.
func (b *block) id(n int) []byte {
	at := int(b.starts[n]) + 1
	length, size := binary.Uvarint(b.data[at:])
	return b.data[at+size : at+size+int(length)]
}

// entry is borrowed from the block.
func (b *block) entry(n int) entryView {
	v, _ := readEntry(b.data[b.starts[n]:]) // was checked, or written by us
	return v
}

// search finds the first entry whose id is not less.
func (b *block) search(id string) (n int, found bool) {
	n = sort.Search(len(b.starts), func(n int) bool { return string(b.id(n)) >= id })
	return n, n < len(b.starts) && string(b.id(n)) == id
}

func (b *block) end(n int) int {
	if n+1 < len(b.starts) {
		return int(b.starts[n+1])
	}
	return len(b.data)
}

func (b *block) seen(n int) bool { return b.data[b.starts[n]]&flagSeen != 0 }

func (b *block) setSeen(n int, seen bool) {
	if seen {
		b.data[b.starts[n]] |= flagSeen
	} else {
		b.data[b.starts[n]] &^= flagSeen
	}
}

// insert puts an entry before the n-th.
func (b *block) insert(n int, entry []byte) {
	at := len(b.data)
	if n < len(b.starts) {
		at = int(b.starts[n])
	}
	b.splice(at, at, entry)
	b.starts = slices.Insert(b.starts, n, uint16(at))
	b.shift(n+1, len(entry))
}

// replace puts an entry in the place of the n-th.
func (b *block) replace(n int, entry []byte) {
	at, end := int(b.starts[n]), b.end(n)
	b.splice(at, end, entry)
	b.shift(n+1, len(entry)-(end-at))
}

func (b *block) remove(n int) {
	at, end := int(b.starts[n]), b.end(n)
	b.splice(at, end, nil)
	b.starts = slices.Delete(b.starts, n, n+1)
	b.shift(n, at-end)
}

// splice replaces data[from:to]. It grows by small steps: a thousand blocks of doubled size would be a lot of unused memory.
func (b *block) splice(from, to int, with []byte) {
	if need := len(b.data) - (to - from) + len(with); need > cap(b.data) {
		grown := make([]byte, len(b.data), min(need+4096, maxBlock))
		copy(grown, b.data)
		b.data = grown
	}
	b.data = slices.Replace(b.data, from, to, with...)
	b.dirty = true
}

func (b *block) shift(from, by int) {
	if by == 0 {
		return
	}
	for n := from; n < len(b.starts); n++ {
		b.starts[n] = uint16(int(b.starts[n]) + by)
	}
}

// cut takes the entries from the n-th on into a block of their own.
func (b *block) cut(n int) *block {
	at := int(b.starts[n])
	right := &block{data: slices.Clone(b.data[at:]), starts: slices.Clone(b.starts[n:]), dirty: true}
	right.shift(0, -at)
	b.data, b.starts, b.dirty = b.data[:at], b.starts[:n], true
	return right
}

// value is what is stored: what the scan has seen is not part of it.
func (b *block) value() []byte {
	value := slices.Clone(b.data)
	for _, at := range b.starts {
		value[at] &^= flagSeen
	}
	return value
}
