package plugin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/pollwright/pollwright/engine/jsoncut"
	"github.com/pollwright/pollwright/sdk"
)

const (
	// maxDepth is how deep a body may be nested; see parse.
	maxDepth = 1000
	// maxSliced bounds the records of one body in bytes. Only a table can come near it: its column names are repeated for each row.
	maxSliced = 64 << 20
)

// SliceError means that the records are not where the adapter said, or are not what they must be.
type SliceError struct {
	At     string // JSON Pointer into the body, or into the inline records: "/contacts/17"
	Reason string
}

func (e *SliceError) Error() string {
	if e.At == "" {
		return "records: the body " + e.Reason
	}
	return "records: " + e.At + " " + e.Reason
}

// Slice returns the records of a page, at most max (0 = as many as there are): JSON values, their bytes as the provider wrote them. An
// element that is no object is handed on: one bad record does not stop a page, and detection counts it. What an adapter builds itself
// must be objects. Selected records share the bytes of the body, which nobody may change any more; others are copies and share one buffer.
// Nothing can be appended to one in place. Any fault of the page is a *SliceError; there is no partial result. Bytes that are not UTF-8 inside
// of strings are left as they are; a byte order mark before the body is skipped.
func Slice(r sdk.Records, body []byte, max int) ([]json.RawMessage, error) {
	switch n := count(len(r.Inline) > 0, r.Select != nil, r.Table != nil); {
	case n > 1:
		return nil, &SliceError{"", fmt.Sprintf("has records in %d of inline, select and table, must be one", n)}
	case r.Select != nil:
		return sliceArray(*r.Select, body, max)
	case r.Table != nil:
		return sliceTable(*r.Table, body, max)
	}
	return sliceInline(r.Inline, max)
}

func sliceInline(inline []sdk.Raw, max int) ([]json.RawMessage, error) {
	if err := checkCount("", len(inline), max); err != nil {
		return nil, err
	}
	var out records
	for i, raw := range inline {
		here := "/" + strconv.Itoa(i)
		v, err := parse(raw)
		if err != nil {
			return nil, &SliceError{here, err.(*SliceError).Reason}
		}
		if !v.IsObject() {
			return nil, &SliceError{here, "is " + kind(v) + ", must be an object"}
		}
		out.add(string(bytes.TrimSpace(raw)))
	}
	return out.list(), nil
}

func sliceArray(s sdk.Select, body []byte, max int) ([]json.RawMessage, error) {
	doc, err := parseBody(body)
	if err != nil {
		return nil, err
	}
	array, err := arrayAt(doc, s.At)
	if err != nil {
		return nil, err
	}
	list := []json.RawMessage{}
	array.Each(func(_, v jsoncut.Value) bool {
		list = append(list, v.Bytes())
		err = checkCount(s.At, len(list), max)
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// arrayAt follows a pointer that must lead to an array.
func arrayAt(doc jsoncut.Value, pointer string) (jsoncut.Value, error) {
	v, err := at(doc, pointer)
	if err != nil {
		return v, err
	}
	if !v.IsArray() {
		return v, &SliceError{pointer, "is " + kind(v) + ", must be an array"}
	}
	return v, nil
}

// parseBody parses a provider's answer. Some servers put a byte order mark before it, which RFC 8259 (section 8.1) lets a parser ignore.
func parseBody(body []byte) (jsoncut.Value, error) {
	return parse(bytes.TrimPrefix(body, []byte("\ufeff")))
}

// parse checks a document. gjson.Valid recurses: without a limit a body of brackets would overflow the stack, which no program survives.
func parse(body []byte) (jsoncut.Value, error) {
	doc := jsoncut.View(body)
	if doc.Deeper(maxDepth) {
		return "", &SliceError{"", fmt.Sprintf("is nested deeper than %d levels", maxDepth)}
	}
	if !gjson.ValidBytes(body) {
		return "", &SliceError{"", "is not JSON"}
	}
	return doc, nil
}

func checkCount(pointer string, n, max int) error {
	if max > 0 && n > max {
		return &SliceError{pointer, fmt.Sprintf("has more than %d records", max)}
	}
	return nil
}

// records collects records in one buffer.
type records struct {
	buf  []byte
	ends []int
}

func (r *records) add(v string) {
	r.buf = append(r.buf, v...)
	r.end()
}

// end closes the record whose bytes were appended to buf.
func (r *records) end() { r.ends = append(r.ends, len(r.buf)) }

// list cuts the buffer up. No record can be appended into its neighbour.
func (r *records) list() []json.RawMessage {
	list := make([]json.RawMessage, len(r.ends))
	start := 0
	for i, end := range r.ends {
		list[i] = r.buf[start:end:end]
		start = end
	}
	return list
}

func count(conditions ...bool) (n int) {
	for _, c := range conditions {
		if c {
			n++
		}
	}
	return n
}
