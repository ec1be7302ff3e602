package change

import (
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// digest is 80 bits of a content's SHA-256. That a changed object keeps its digest by chance happens once in 10^24 changes.
type digest [10]byte

// contentHash hashes what a record says, not how it is written: the order of keys and white space do not matter. It writes into room, and gives
// it back for the next one.
func contentHash(record gjson.Result, room []byte) (string, []byte) {
	room = appendContent(room[:0], record, nil)
	sum := sha256.Sum256(room)
	return string(sum[:15]), room
}

// digestOf hashes what a record says without the excluded fields. Without any it is the beginning of contentHash.
func digestOf(record gjson.Result, without *excluded) (d digest) {
	sum := sha256.Sum256(appendContent(make([]byte, 0, len(record.Raw)+len(record.Raw)/2), record, without))
	copy(d[:], sum[:])
	return d
}

// appendContent writes a value so that two that say the same are the same bytes.
func appendContent(b []byte, v gjson.Result, without *excluded) []byte {
	switch {
	case v.IsObject():
		return appendObject(b, v, without)
	case v.IsArray():
		b = append(b, '[')
		v.ForEach(func(_, item gjson.Result) bool {
			b = appendContent(b, item, without)
			return true
		})
		return append(b, ']')
	case v.Type == gjson.String:
		return appendText(b, 's', v.Str)
	}
	return appendText(b, 'r', strings.TrimSpace(v.Raw))
}

func appendObject(b []byte, v gjson.Result, without *excluded) []byte {
	type place struct { // of a value, which is five times as large and is not moved
		name string
		at   int
	}
	values, order := make([]gjson.Result, 0, 32), make([]place, 0, 32)
	v.ForEach(func(key, value gjson.Result) bool {
		if e := without.of(key.Str); e == nil || !e.whole {
			order = append(order, place{key.Str, len(values)})
			values = append(values, value)
		}
		return true
	})
	slices.SortFunc(order, func(a, b place) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return a.at - b.at // of two of one name the first is the first
	})
	b = append(b, '{')
	for _, p := range order {
		b = appendContent(appendText(b, 'k', p.name), values[p.at], without.of(p.name))
	}
	return append(b, '}')
}

func appendText(b []byte, tag byte, text string) []byte {
	n := len(text)
	return append(append(b, tag, byte(n>>24), byte(n>>16), byte(n>>8), byte(n)), text...)
}
