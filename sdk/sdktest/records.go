package sdktest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Records gives the records of a page in the plain way: decode everything, follow the pointers. It is the slow truth that a host's own
// cutting can be held against; numbers keep their digits.
func (p Page) Records() ([]map[string]any, error) {
	switch {
	case p.Page.Records.Select != nil:
		rows, err := list(p.Body, p.Page.Records.Select.At)
		if err != nil {
			return nil, err
		}
		return objects(rows)
	case p.Page.Records.Table != nil:
		return table(p)
	}
	rows := make([]any, len(p.Page.Records.Inline))
	for i, raw := range p.Page.Records.Inline {
		if err := decode(raw, &rows[i]); err != nil {
			return nil, fmt.Errorf("inline record %d: %w", i, err)
		}
	}
	return objects(rows)
}

func table(p Page) ([]map[string]any, error) {
	t := p.Page.Records.Table
	columns, err := list(p.Body, t.Columns)
	if err != nil {
		return nil, err
	}
	rows, err := list(p.Body, t.Rows)
	if err != nil {
		return nil, err
	}
	records := make([]map[string]any, len(rows))
	for i, row := range rows {
		cells, ok := row.([]any)
		if !ok || len(cells) != len(columns) {
			return nil, fmt.Errorf("row %d is not a list of %d cells", i, len(columns))
		}
		records[i] = map[string]any{}
		for j, cell := range cells {
			name, ok := columns[j].(string)
			if !ok {
				return nil, fmt.Errorf("column %d has no name", j)
			}
			if other, renamed := t.Rename[name]; renamed {
				name = other
			}
			records[i][name] = cell
		}
	}
	return records, nil
}

func objects(rows []any) ([]map[string]any, error) {
	records := make([]map[string]any, len(rows))
	for i, row := range rows {
		object, ok := row.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("record %d is no object", i)
		}
		records[i] = object
	}
	return records, nil
}

// list follows a JSON Pointer (RFC 6901) to an array.
func list(body []byte, pointer string) ([]any, error) {
	var at any
	if err := decode(body, &at); err != nil {
		return nil, fmt.Errorf("the body: %w", err)
	}
	if pointer != "" {
		for _, token := range strings.Split(pointer, "/")[1:] {
			at = child(at, strings.NewReplacer("~1", "/", "~0", "~").Replace(token))
		}
	}
	rows, ok := at.([]any)
	if !ok {
		return nil, fmt.Errorf("%q does not lead to an array in the body", pointer)
	}
	return rows, nil
}

func child(of any, token string) any {
	switch of := of.(type) {
	case map[string]any:
		return of[token]
	case []any:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(of) {
			return of[i]
		}
	}
	return nil
}

func decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(into)
}
