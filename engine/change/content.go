package change

import (
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/pollwright/pollwright/engine/jsoncut"
)

// digest is 80 bits of a content's SHA-256. That a changed object keeps its digest by chance happens once in 10^24 changes.
type digest [10]byte

// hasher hashes what records say, not how they are written: the order of keys and white space do not matter.
type hasher struct {
	room    []byte           // for what is hashed of a record
	members []jsoncut.Member // of the record in hand, if it is an object
	names   []string         // of the record before: those of a page have the same fields, mostly
	order   []int            // in which they are hashed
}

// read takes a record in hand.
func (h *hasher) read(record jsoncut.Value) { h.members = record.Members(h.members[:0]) }

// content hashes the record in hand without the excluded fields.
func (h *hasher) content(record jsoncut.Value, without *excluded) [sha256.Size]byte {
	if record.IsObject() {
		h.sort()
		h.room = appendMembers(h.room[:0], h.members, h.order, without)
	} else {
		h.room = appendContent(h.room[:0], record, without)
	}
	return sha256.Sum256(h.room)
}

// sort brings order up to date.
func (h *hasher) sort() {
	if slices.EqualFunc(h.members, h.names, func(m jsoncut.Member, name string) bool { return m.Name == name }) {
		return
	}
	h.names = h.names[:0]
	for _, m := range h.members {
		h.names = append(h.names, m.Name)
	}
	h.order = orderOf(h.order[:0], h.members)
}

// orderOf sorts members by their names; of two of one name the first is the first.
func orderOf(order []int, members []jsoncut.Member) []int {
	for i := range members {
		order = append(order, i)
	}
	slices.SortFunc(order, func(a, b int) int {
		if c := strings.Compare(members[a].Name, members[b].Name); c != 0 {
			return c
		}
		return a - b
	})
	return order
}

// appendContent writes a value so that two that say the same are the same bytes.
func appendContent(b []byte, v jsoncut.Value, without *excluded) []byte {
	switch {
	case v.IsObject():
		members := v.Members(make([]jsoncut.Member, 0, 16))
		return appendMembers(b, members, orderOf(make([]int, 0, 16), members), without)
	case v.IsArray():
		b = append(b, '[')
		v.Each(func(_, item jsoncut.Value) bool {
			b = appendContent(b, item, without)
			return true
		})
		return append(b, ']')
	case v.IsText():
		return appendText(b, 's', v.Text())
	}
	return appendText(b, 'r', string(v))
}

func appendMembers(b []byte, members []jsoncut.Member, order []int, without *excluded) []byte {
	b = append(b, '{')
	for _, i := range order {
		m := members[i]
		below := without.of(m.Name)
		if below != nil && below.whole {
			continue
		}
		b = appendContent(appendText(b, 'k', m.Name), m.Value, below)
	}
	return append(b, '}')
}

func appendText(b []byte, tag byte, text string) []byte {
	n := len(text)
	return append(append(b, tag, byte(n>>24), byte(n>>16), byte(n>>8), byte(n)), text...)
}
