package plugin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/pollwright/pollwright/sdk"
)

const (
	// maxDepth is how deep a body may be nested. gjson recurses: without a limit a body of brackets would overflow the stack, which no
	// program survives.
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
// must be objects. The
// records are copies, of body and of r, and share one buffer among themselves. Any fault of the page is a *SliceError; there is no partial
// result. Bytes that are not UTF-8 inside of strings are left as they are; a byte order mark before the body is skipped.
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
	out := records{buf: make([]byte, 0, len(array.Raw))}
	array.ForEach(func(_, v gjson.Result) bool {
		out.add(v.Raw)
		err = checkCount(s.At, len(out.ends), max)
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	return out.list(), nil
}

// arrayAt follows a pointer that must lead to an array.
func arrayAt(doc gjson.Result, pointer string) (gjson.Result, error) {
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
func parseBody(body []byte) (gjson.Result, error) {
	return parse(bytes.TrimPrefix(body, []byte("\ufeff")))
}

// parse checks a document before gjson walks it: gjson reads invalid documents without an error and recurses without a limit.
func parse(body []byte) (gjson.Result, error) {
	if tooDeep(body) {
		return gjson.Result{}, &SliceError{"", fmt.Sprintf("is nested deeper than %d levels", maxDepth)}
	}
	if !gjson.ValidBytes(body) {
		return gjson.Result{}, &SliceError{"", "is not JSON"}
	}
	return gjson.ParseBytes(body), nil
}

// tooDeep counts brackets outside of strings.
func tooDeep(body []byte) bool {
	depth := 0
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '"':
			for i++; i < len(body) && body[i] != '"'; i++ {
				if body[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			if depth++; depth > maxDepth {
				return true
			}
		case '}', ']':
			depth--
		}
	}
	return false
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
