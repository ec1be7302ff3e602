package change

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/pollwright/pollwright/engine/jsoncut"
)

// contentOf hashes a content as a scan does.
func contentOf(record string, without *excluded) digest {
	var h hasher
	v := jsoncut.View(json.RawMessage(record))
	h.read(v)
	sum := h.content(v, without)
	return digest(sum[:len(digest{})])
}

// FuzzContent holds what is hashed of a record against gjson: what is stored of records, and the ids of their events, come from there.
func FuzzContent(f *testing.F) {
	for _, seed := range []string{
		`{"b":"x","a":1}`, `{}`, `[]`, `""`, `-1.5e3`, `null`, ` { "a" : [ 1 , {"c":"]","b":"}"} , "\"" ] , "z" : { } } `, `{"a":"\\","b":"\\\"","c":"\u00e9\ud83d\ude00\n"}`,
		`{"\u0061":1,"a":2,"a":3}`, `{"a":{"b":{"c":[[],[[]]]}},"a.b":true,"":""}`, `{"a":"x:y,z","b":[",",":"],"c":false}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !gjson.Valid(text) {
			return
		}
		record := jsoncut.View([]byte(text))
		var h hasher
		h.read(record)
		h.content(record, nil)
		if want := contentByGJSON(nil, gjson.Parse(text)); !bytes.Equal(h.room, want) {
			t.Errorf("content of %q:\n got %q\nwant %q", text, h.room, want)
		}
	})
}

// contentByGJSON is what appendContent writes, by gjson and a stable sort.
func contentByGJSON(b []byte, v gjson.Result) []byte {
	switch {
	case v.IsObject():
		type field struct {
			name  string
			value gjson.Result
		}
		var fields []field
		v.ForEach(func(key, value gjson.Result) bool {
			fields = append(fields, field{key.Str, value})
			return true
		})
		slices.SortStableFunc(fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
		b = append(b, '{')
		for _, f := range fields {
			b = contentByGJSON(appendText(b, 'k', f.name), f.value)
		}
		return append(b, '}')
	case v.IsArray():
		b = append(b, '[')
		for _, item := range v.Array() {
			b = contentByGJSON(b, item)
		}
		return append(b, ']')
	case v.Type == gjson.String:
		return appendText(b, 's', v.Str)
	}
	return appendText(b, 'r', strings.TrimSpace(v.Raw))
}

// The order of fields is remembered from one record to the next: it must not be that of another record.
func TestContentDoesNotDependOnTheRecordBefore(t *testing.T) {
	t.Parallel()
	records := []string{`{"b":1,"a":2}`, `{"b":3,"a":4}`, `{"a":1,"b":2}`, `{"a":1}`, `{}`, `[2]`, `{"b":1,"a":2,"a":5}`, `{"c":1,"a":2}`, `{"b":1,"a":2}`}
	var h hasher
	for _, text := range slices.Concat(records, records) {
		v := jsoncut.View(json.RawMessage(text))
		h.read(v)
		if sum := h.content(v, nil); digest(sum[:len(digest{})]) != contentOf(text, nil) {
			t.Errorf("%s has another content after the records before", text)
		}
	}
}
