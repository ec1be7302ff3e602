package plugin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/pollwright/pollwright/engine/jsoncut"
	"github.com/pollwright/pollwright/sdk"
)

// sliceTable makes an object of each row: column names as keys, cells as the provider wrote them.
func sliceTable(t sdk.Table, body []byte, max int) ([]json.RawMessage, error) {
	doc, err := parseBody(body)
	if err != nil {
		return nil, err
	}
	names, err := columnNames(doc, t)
	if err != nil {
		return nil, err
	}
	rows, err := arrayAt(doc, t.Rows)
	if err != nil {
		return nil, err
	}
	keys := objectKeys(names)
	out := records{buf: make([]byte, 0, 2*len(rows))}
	rows.Each(func(_, row jsoncut.Value) bool {
		err = out.addRow(keys, row, child(t.Rows, strconv.Itoa(len(out.ends))))
		if err == nil {
			err = checkCount(t.Rows, len(out.ends), max)
		}
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	return out.list(), nil
}

// addRow appends one record. keys are what stands before each cell.
func (r *records) addRow(keys []string, row jsoncut.Value, here string) error {
	if !row.IsArray() {
		return &SliceError{here, "is " + kind(row) + ", must be an array of cells"}
	}
	if len(keys) == 0 {
		r.buf = append(r.buf, '{')
	}
	cells := 0
	row.Each(func(_, cell jsoncut.Value) bool {
		if cells < len(keys) && len(r.buf) <= maxSliced {
			r.buf = append(append(r.buf, keys[cells]...), cell...)
		}
		cells++
		return true
	})
	if cells != len(keys) {
		return &SliceError{here, fmt.Sprintf("has %d cells, but there are %d columns", cells, len(keys))}
	}
	r.buf = append(r.buf, '}')
	if len(r.buf) > maxSliced {
		return &SliceError{here, fmt.Sprintf("takes the records over %d bytes", maxSliced)}
	}
	r.end()
	return nil
}

// columnNames reads the header row and gives each column its final name: Table.Rename first, then distinct.
func columnNames(doc jsoncut.Value, t sdk.Table) ([]string, error) {
	columns, err := arrayAt(doc, t.Columns)
	if err != nil {
		return nil, err
	}
	var names []string
	columns.Each(func(_, v jsoncut.Value) bool {
		if !v.IsText() {
			err = &SliceError{child(t.Columns, strconv.Itoa(len(names))), "is " + kind(v) + ", must be a string"}
			return false
		}
		name := v.Text()
		if to, ok := t.Rename[name]; ok {
			name = to
		}
		names = append(names, name)
		return true
	})
	if err != nil {
		return nil, err
	}
	return distinct(names), nil
}

// distinct makes column names distinct: the first column of a name keeps it, the others get "_2", "_3" and so on, leaving out what is itself
// the name of a column. "Email", "Email", "Email_2", "Email" become "Email", "Email_3", "Email_2", "Email_4".
func distinct(names []string) []string {
	taken := make(map[string]bool, len(names))
	for _, name := range names {
		taken[name] = true
	}
	seen := make(map[string]int, len(names)) // name -> number given last
	for i, name := range names {
		n := seen[name] + 1
		if n > 1 {
			for taken[suffixed(name, n)] {
				n++
			}
			names[i] = suffixed(name, n)
			taken[names[i]] = true
		}
		seen[name] = n
	}
	return names
}

func suffixed(name string, n int) string { return name + "_" + strconv.Itoa(n) }

// objectKeys writes what stands before each cell: {"first": and ,"second":
func objectKeys(names []string) []string {
	keys := make([]string, len(names))
	before := "{"
	for i, name := range names {
		keys[i] = before + quoted(name) + ":"
		before = ","
	}
	return keys
}

// quoted writes s as a JSON string, without the escapes that are only for HTML.
func quoted(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string and a buffer: cannot fail
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}
