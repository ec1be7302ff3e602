package plugin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/jsoncut"
	"github.com/pollwright/pollwright/sdk"
)

// TestPointer uses the document and the table of RFC 6901, section 5.
func TestPointer(t *testing.T) {
	t.Parallel()
	const doc = `{"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8}`
	for pointer, want := range map[string]string{
		"": doc, "/foo": `["bar", "baz"]`, "/foo/0": `"bar"`, "/": "0", "/a~1b": "1", "/c%d": "2", "/e^f": "3", "/g|h": "4",
		`/i\j`: "5", `/k"l`: "6", "/ ": "7", "/m~0n": "8",
	} {
		v, err := at(jsoncut.Value(doc), pointer)
		if err != nil || string(v) != want {
			t.Errorf("%q: got %s, %v, want %s", pointer, v, err, want)
		}
	}
	for pointer, want := range map[string]string{
		"foo": "must be empty or begin with /", "/foo/2": `/foo has no "2"`, "/foo/-": `/foo has no "-"`, "/foo/01": `has no "01"`,
		"/foo/1e0": `has no "1e0"`, "/bar": `the body has no "bar"`, "/foo/0/x": "/foo/0 is a string", "/m~2n": "~ must be followed", "/m~": "~ must be followed",
	} {
		if _, err := at(jsoncut.Value(doc), pointer); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", pointer, err, want)
		}
	}
}

func TestSlice(t *testing.T) {
	t.Parallel()
	inline := func(list ...string) sdk.Records {
		var r sdk.Records
		for _, s := range list {
			r.Inline = append(r.Inline, sdk.Raw(s))
		}
		return r
	}
	at := func(p string) sdk.Records { return sdk.Records{Select: &sdk.Select{At: p}} }
	table := func(columns, rows string, rename ...string) sdk.Records {
		t := &sdk.Table{Columns: columns, Rows: rows, Rename: map[string]string{}}
		for i := 0; i < len(rename); i += 2 {
			t.Rename[rename[i]] = rename[i+1]
		}
		return sdk.Records{Table: t}
	}
	hr := table("/h", "/r")
	for _, tt := range []struct {
		name    string
		records sdk.Records
		body    string
		want    []string
		err     string
	}{
		{"nothing", sdk.Records{}, "<html>", nil, ""},
		{"inline", inline(`{"a":1}`, " {} "), "<html>", []string{`{"a":1}`, "{}"}, ""},
		{"inline no object", inline(`{}`, `[]`), "", nil, "/1 is an array, must be an object"},
		{"inline no JSON", inline(`{`), "", nil, "/0 is not JSON"},
		{"bytes unchanged", at("/c"), `{"c" : [ {"n": 1.50e+01,"s":"\u00e9é\/"} ,{ } ]}`, []string{`{"n": 1.50e+01,"s":"\u00e9é\/"}`, "{ }"}, ""},
		{"the body itself", at(""), ` [{"a":[{}]}] `, []string{`{"a":[{}]}`}, ""},
		{"deep in an array", at("/data/1/x"), `{"data":[0,{"x":[{}]}]}`, []string{"{}"}, ""},
		{"byte order mark", at(""), "\ufeff[{}]", []string{"{}"}, ""},
		{"empty page", at("/c"), `{"c":[]}`, nil, ""},
		{"of equal names the last", at("/c"), `{"c":[{"a":1}],"c":[{"a":2}]}`, []string{`{"a":2}`}, ""},
		{"gjson syntax means nothing", at("/c.#.x|@this"), `{"c.#.x|@this":[{}],"c":[{"x":{}}]}`, []string{"{}"}, ""},
		{"no such member", at("/d"), `{"c":[]}`, nil, `the body has no "d"`},
		{"not an array", at("/c"), `{"c":{}}`, nil, "/c is an object, must be an array"},
		{"null", at("/c"), `{"c":null}`, nil, "/c is null, must be an array"},
		{"an element that is no object", at("/c"), `{"c":[{},{},"x"]}`, []string{`{}`, `{}`, `"x"`}, ""},
		{"null element", at(""), `[null]`, []string{"null"}, ""},
		{"not JSON", at(""), `<html>`, nil, "the body is not JSON"},
		{"empty body", at(""), ``, nil, "the body is not JSON"},
		{"cut off", at("/c"), `{"c":[{"a":1},{"a":2`, nil, "the body is not JSON"},
		{"more than one value", at(""), `[{}] [{}]`, nil, "the body is not JSON"},
		{"too many", at(""), `[{},{},{},{},{}]`, nil, "has more than 4 records"},
		{"too many inline", inline("{}", "{}", "{}", "{}", "{}"), "", nil, "has more than 4 records"},
		{"too deep", at(""), strings.Repeat("[", 20_000_000), nil, "nested deeper than 1000"},
		{"brackets in strings are no depth", at(""), `[{"a":"` + strings.Repeat(`[\"`, 2000) + `"}]`, []string{`{"a":"` + strings.Repeat(`[\"`, 2000) + `"}`}, ""},
		{"two at once", sdk.Records{Select: &sdk.Select{}, Table: &sdk.Table{}}, "[]", nil, "must be one"},

		{"table", hr, `{"h":["id","First \"Name\""],"r":[["1",{"a": 1}],[null, 2.0]]}`,
			[]string{`{"id":"1","First \"Name\"":{"a": 1}}`, `{"id":null,"First \"Name\"":2.0}`}, ""},
		{"rename", table("/h", "/r", "created_date", "__created_date", "x", "y"), `{"h":["created_date"],"r":[["1"]]}`, []string{`{"__created_date":"1"}`}, ""},
		{"same names", hr, `{"h":["E","E","E_2","E"],"r":[[1,2,3,4]]}`, []string{`{"E":1,"E_3":2,"E_2":3,"E_4":4}`}, ""},
		{"rename onto another column", table("/h", "/r", "b", "a"), `{"h":["a","b"],"r":[[1,2]]}`, []string{`{"a":1,"a_2":2}`}, ""},
		{"no rows", hr, `{"h":["a"],"r":[]}`, nil, ""},
		{"no columns", hr, `{"h":[],"r":[[]]}`, []string{`{}`}, ""},
		{"short row", hr, `{"h":["a","b"],"r":[[1,2],[1]]}`, nil, "/r/1 has 1 cells, but there are 2 columns"},
		{"long row", hr, `{"h":["a"],"r":[[1,2,3]]}`, nil, "/r/0 has 3 cells, but there are 1 columns"},
		{"row that is an object", hr, `{"h":["a"],"r":[{"a":1}]}`, nil, "/r/0 is an object, must be an array of cells"},
		{"column that is no string", hr, `{"h":["a",2],"r":[]}`, nil, "/h/1 is a number, must be a string"},
		{"columns missing", hr, `{"r":[]}`, nil, `has no "h"`},
		{"too many rows", hr, `{"h":["a"],"r":[[1],[1],[1],[1],[1]]}`, nil, "/r has more than 4 records"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Slice(tt.records, []byte(tt.body), 4)
			var bad *SliceError
			switch {
			case tt.err != "" && (!errors.As(err, &bad) || !strings.Contains(err.Error(), tt.err)):
				t.Errorf("got %v, want a SliceError with %q", err, tt.err)
			case tt.err == "" && err != nil:
				t.Error(err)
			}
			if diff := cmp.Diff(tt.want, asStrings(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestTableCannotSwell: a body of 3 MB whose column name is repeated for each row would be 100 GB of records.
func TestTableCannotSwell(t *testing.T) {
	t.Parallel()
	body := `{"h":["` + strings.Repeat("x", 1<<20) + `"],"r":[[1]` + strings.Repeat(",[1]", 100_000) + `]}`
	_, err := Slice(sdk.Records{Table: &sdk.Table{Columns: "/h", Rows: "/r"}}, []byte(body), 0)
	if err == nil || !strings.Contains(err.Error(), "takes the records over") {
		t.Errorf("got %v, want it refused", err)
	}
}

// TestRecordsEndWhereTheyEnd: neither the body nor a neighbour changes with what is appended to a record.
func TestRecordsEndWhereTheyEnd(t *testing.T) {
	t.Parallel()
	body := []byte(`[{"a":1},{"a":2}]`)
	before := bytes.Clone(body)
	got, err := Slice(sdk.Records{Select: &sdk.Select{}}, body, 0)
	if err != nil {
		t.Fatal(err)
	}
	clear(append(got[0], '!'))
	if !bytes.Equal(body, before) || string(got[1]) != `{"a":2}` {
		t.Errorf("body %s, second record %s", body, got[1])
	}
}

// FuzzSlice compares with encoding/json: the same bodies are accepted, and the same values come out.
func FuzzSlice(f *testing.F) {
	for _, body := range []string{
		`{"c":[{"a":1,"b":[{}]},{"x":"\ud800\u00e9"}],"h":["a","a"],"r":[[1,"2"],[null,{}]]}`, `{"c":[{"a":1}`, "{\"c\":[{\"\xff\":0}]}",
		`{"c":[1]}`, `{"c":{},"c":[{"":-0.1e-5}]}`, ` {"h":["\u0000<\u2028"],"r":[[true]]} `, `{"c":[{"a":01}]}`, "{\"c\":[{\"a\":\"\n\"}]}",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if strings.HasPrefix(string(body), "\ufeff") || jsoncut.View(body).Deeper(maxDepth) {
			t.Skip("taken and refused on purpose")
		}
		fuzzSelect(t, body)
		fuzzTable(t, body)
	})
}

func fuzzSelect(t *testing.T, body []byte) {
	got, err := Slice(sdk.Records{Select: &sdk.Select{At: "/c"}}, body, 0)
	var doc map[string]json.RawMessage
	var rows []json.RawMessage
	if bad := json.Unmarshal(body, &doc); bad != nil || json.Unmarshal(doc["c"], &rows) != nil || rows == nil {
		if err == nil {
			t.Fatalf("accepted %q", body)
		}
		return
	}
	if err != nil || len(got) != len(rows) {
		t.Fatalf("%q: %d records, %v, want %d", body, len(got), err, len(rows))
	}
	for i := range rows {
		if !bytes.Equal(got[i], rows[i]) {
			t.Fatalf("%q: record %d is %q, want %q", body, i, got[i], rows[i])
		}
	}
}

func fuzzTable(t *testing.T, body []byte) {
	got, err := Slice(sdk.Records{Table: &sdk.Table{Columns: "/h", Rows: "/r"}}, body, 0)
	if err != nil {
		return
	}
	var doc map[string]json.RawMessage
	var columns []string
	var rows [][]json.RawMessage
	if err := json.Unmarshal(body, &doc); err != nil {
		t.Fatalf("accepted %q: %v", body, err)
	}
	if json.Unmarshal(doc["h"], &columns) != nil || json.Unmarshal(doc["r"], &rows) != nil || len(rows) != len(got) {
		t.Fatalf("accepted %q as %d records", body, len(got))
	}
	for i, record := range got {
		var m map[string]json.RawMessage
		if err := json.Unmarshal(record, &m); err != nil || len(m) != len(rows[i]) {
			t.Fatalf("%q: record %q has %d members, %v, want %d", body, record, len(m), err, len(rows[i]))
		}
	}
}

// page makes a body of n contacts of about 450 bytes, as objects and as a table.
func page(n int) []byte {
	var b bytes.Buffer
	const cells = 16
	b.WriteString(`{"contacts":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"contactId":"%d"`, i)
		for c := range cells {
			fmt.Fprintf(&b, `,"field number %d":"value %d of %d"`, c, c, i)
		}
		b.WriteByte('}')
	}
	b.WriteString(`],"headers":["contactId"`)
	for c := range cells {
		fmt.Fprintf(&b, `,"field number %d"`, c)
	}
	b.WriteString(`],"data":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `["%d"`, i)
		for c := range cells {
			fmt.Fprintf(&b, `,"value %d of %d"`, c, i)
		}
		b.WriteByte(']')
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

// BenchmarkSlice cuts 1,000 records out of a page; "encoding/json" is the plain way to do the same as select.
func BenchmarkSlice(b *testing.B) {
	body := page(1000)
	run := func(name string, f func() (int, error)) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if n, err := f(); err != nil || n != 1000 {
					b.Fatal(n, err)
				}
			}
		})
	}
	slice := func(r sdk.Records) func() (int, error) {
		return func() (int, error) {
			list, err := Slice(r, body, 1000)
			return len(list), err
		}
	}
	run("select", slice(sdk.Records{Select: &sdk.Select{At: "/contacts"}}))
	run("table", slice(sdk.Records{Table: &sdk.Table{Columns: "/headers", Rows: "/data"}}))
	run("encoding/json", func() (int, error) {
		var doc struct{ Contacts []json.RawMessage }
		err := json.Unmarshal(body, &doc)
		return len(doc.Contacts), err
	})
}
