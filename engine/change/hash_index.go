package change

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
)

// index is all remembered objects of a resource, as blocks in the order of their ids.
type index struct {
	blocks  []*block
	n       int
	bytes   int
	emptied []string // stored chunks whose objects are all gone
}

// loadIndex takes the stored blocks. Two of them hold the same ids if a crash came between the commits of Tidy: a block was split, and
// only one half is stored. It does not matter which of them counts: what they say differently, the log says again. Here it is the one
// that begins later.
func loadIndex(chunks []Chunk) (*index, error) {
	x := &index{}
	var blocks []*block
	for _, c := range chunks {
		b, err := loadBlock(c)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, b)
	}
	slices.SortFunc(blocks, func(a, b *block) int { return bytes.Compare(a.id(0), b.id(0)) })
	for i, b := range blocks {
		if i+1 < len(blocks) && !b.cede(string(blocks[i+1].id(0))) {
			x.emptied = append(x.emptied, b.name)
			continue
		}
		x.blocks = append(x.blocks, b)
		x.n += b.len()
		x.bytes += len(b.data)
	}
	return x, nil
}

// cede drops the entries from an id on; false if none is left.
func (b *block) cede(from string) bool {
	n, _ := b.search(from)
	if 0 < n && n < b.len() {
		b.cut(n)
	}
	return n > 0
}

// spot is where an object is, or would be.
type spot struct {
	block, entry int
	found        bool
}

func (x *index) find(id string) spot {
	after := sort.Search(len(x.blocks), func(i int) bool { return string(x.blocks[i].id(0)) > id })
	if after == 0 {
		return spot{}
	}
	n, found := x.blocks[after-1].search(id)
	return spot{after - 1, n, found}
}

// put remembers an object, new or known.
func (x *index) put(at spot, id string, o object, seen bool) {
	entry := appendEntry(make([]byte, 0, len(id)+32), id, o, seen)
	if len(x.blocks) == 0 {
		x.blocks = append(x.blocks, &block{})
	}
	b := x.blocks[at.block]
	before := len(b.data)
	if at.found {
		b.replace(at.entry, entry)
	} else {
		b.insert(at.entry, entry)
		x.n++
	}
	x.bytes += len(b.data) - before
	if len(b.data) > fullBlock {
		x.split(at.block)
	}
}

// split halves a block. The last one is left full where ids only grow: they would fill one half only.
func (x *index) split(i int) {
	b := x.blocks[i]
	half := sort.Search(b.len(), func(n int) bool { return int(b.starts[n]) >= len(b.data)/2 })
	if i == len(x.blocks)-1 {
		half = b.len() - 1
	}
	if half = min(half, b.len()-1); half > 0 {
		x.blocks = slices.Insert(x.blocks, i+1, b.cut(half))
	}
}

// remove forgets an object.
func (x *index) remove(at spot) {
	b := x.blocks[at.block]
	before := len(b.data)
	b.remove(at.entry)
	x.n--
	x.bytes += len(b.data) - before
	if b.len() > 0 {
		return
	}
	if b.name != "" {
		x.emptied = append(x.emptied, b.name)
	}
	x.blocks = slices.Delete(x.blocks, at.block, at.block+1)
}

// next is the spot at or after this one that holds an object; ok is false behind the last.
func (x *index) next(at spot) (spot, bool) {
	for at.block < len(x.blocks) && at.entry >= x.blocks[at.block].len() {
		at.block, at.entry = at.block+1, 0
	}
	at.found = at.block < len(x.blocks)
	return at, at.found
}

func (x *index) entry(at spot) entryView { return x.blocks[at.block].entry(at.entry) }

// seen is a bit for each object in the order of their ids.
func (x *index) seen() []byte {
	bits, i := make([]byte, (x.n+7)/8), 0
	for _, b := range x.blocks {
		for n := range b.starts {
			if b.seen(n) {
				bits[i/8] |= 1 << (i % 8)
			}
			i++
		}
	}
	return bits
}

// setSeen takes back what seen gave; nil = nothing was seen.
func (x *index) setSeen(bits []byte) error {
	if bits != nil && len(bits) != (x.n+7)/8 {
		return fmt.Errorf("%d bytes say which of %d objects were seen: %w", len(bits), x.n, errHashes)
	}
	i := 0
	for _, b := range x.blocks {
		for n := range b.starts {
			b.setSeen(n, bits != nil && bits[i/8]&(1<<(i%8)) != 0)
			i++
		}
	}
	return nil
}
