package change

import (
	"crypto/sha256"
	"hash"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// digest is 80 bits of a content's SHA-256. That a changed object keeps its digest by chance happens once in 10^24 changes.
type digest [10]byte

// excluded is a tree of field names that do not count as content.
type excluded struct {
	whole bool // this field and all in it
	below map[string]*excluded
}

// exclude makes the tree; nil if nothing is excluded.
func exclude(paths []Path) *excluded {
	if len(paths) == 0 {
		return nil
	}
	root := &excluded{}
	for _, p := range paths {
		root.add(p.parts)
		root.add([]string{p.text}) // a field whose whole name is the path's text, as in Path.Find
	}
	return root
}

func (e *excluded) add(names []string) {
	for _, name := range names {
		if e.below == nil {
			e.below = map[string]*excluded{}
		}
		if e.below[name] == nil {
			e.below[name] = &excluded{}
		}
		e = e.below[name]
	}
	e.whole = true
}

// digestOf hashes what a record says without the excluded fields. Without any it is the beginning of contentHash.
func digestOf(record gjson.Result, without *excluded) (d digest) {
	h := sha256.New()
	writeWithout(h, record, without)
	var sum [sha256.Size]byte
	copy(d[:], h.Sum(sum[:0]))
	return d
}

func writeWithout(h hash.Hash, v gjson.Result, without *excluded) {
	switch {
	case without == nil:
		writeContent(h, v)
	case v.IsObject():
		writeObjectWithout(h, v, without)
	case v.IsArray():
		h.Write([]byte{'['})
		v.ForEach(func(_, item gjson.Result) bool {
			writeWithout(h, item, without)
			return true
		})
		h.Write([]byte{']'})
	default:
		writeContent(h, v)
	}
}

func writeObjectWithout(h hash.Hash, v gjson.Result, without *excluded) {
	type field struct {
		name  string
		value gjson.Result
	}
	fields := make([]field, 0, 32)
	v.ForEach(func(key, value gjson.Result) bool {
		if e := without.below[key.Str]; e == nil || !e.whole {
			fields = append(fields, field{key.Str, value})
		}
		return true
	})
	slices.SortStableFunc(fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
	h.Write([]byte{'{'})
	for _, f := range fields {
		writeText(h, 'k', f.name)
		writeWithout(h, f.value, without.below[f.name])
	}
	h.Write([]byte{'}'})
}
