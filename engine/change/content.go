package change

import (
	"crypto/sha256"
	"hash"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// contentHash hashes what a record says, not how it is written: the order of keys and white space do not matter.
func contentHash(record gjson.Result) string {
	h := sha256.New()
	writeContent(h, record)
	return string(h.Sum(nil)[:15])
}

func writeContent(h hash.Hash, v gjson.Result) {
	switch {
	case v.IsObject():
		writeObject(h, v)
	case v.IsArray():
		h.Write([]byte{'['})
		v.ForEach(func(_, item gjson.Result) bool {
			writeContent(h, item)
			return true
		})
		h.Write([]byte{']'})
	case v.Type == gjson.String:
		writeText(h, 's', v.Str)
	default:
		writeText(h, 'r', strings.TrimSpace(v.Raw))
	}
}

func writeObject(h hash.Hash, v gjson.Result) {
	type field struct {
		name  string
		value gjson.Result
	}
	fields := make([]field, 0, 32)
	v.ForEach(func(key, value gjson.Result) bool {
		fields = append(fields, field{key.Str, value})
		return true
	})
	slices.SortStableFunc(fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
	h.Write([]byte{'{'})
	for _, f := range fields {
		writeText(h, 'k', f.name)
		writeContent(h, f.value)
	}
	h.Write([]byte{'}'})
}

func writeText(h hash.Hash, tag byte, text string) {
	n := len(text)
	h.Write([]byte{tag, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
	h.Write([]byte(text))
}
