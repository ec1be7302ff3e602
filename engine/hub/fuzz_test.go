package hub

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/engine/ceql"
	"github.com/pollwright/pollwright/sdk"
)

// Whatever is asked for: variables are names, nothing that the provider alone can judge stays with the host, what the host judges can be read
// back, and the whole way to an answer ends.
func FuzzParse(f *testing.F) {
	for _, path := range []string{"orders", "orders/17", "orders/a%2Fb/lines", "orders/..%252f/lines", "/orders//first/", "x"} {
		for _, query := range []string{
			"", "where=status%3D'open'+AND+made>'2026-01-01'&orderBy=id+desc,`a b`", "where=(modafter%3D1)+OR+a.b+IS+NULL", "fields=a.b,['x']&page=2&pageSize=7&k=v", "nextPage=%zz&&=&a",
		} {
			f.Add(path, query)
		}
	}
	rows := orders(9)
	f.Fuzz(func(t *testing.T, path, query string) {
		r, err := Parse(shop, path, query)
		if err != nil {
			_ = err.Error()
			return
		}
		for name, value := range r.Vars {
			if value == "" || strings.ContainsAny(value, "/\\?#%\r\n\x00") || value == ".." || value == "." {
				t.Errorf("{%s} is %q", name, value)
			}
		}
		for _, word := range []string{wordWhere, wordFields, wordOrderBy, wordPage, wordPageSize, wordNextPage} {
			if _, ok := r.Params[word]; ok {
				t.Errorf("%s is handed on", word)
			}
		}
		p, err := r.Plan(nil, false)
		if err != nil {
			return
		}
		for _, term := range p.Host {
			ceql.Conditions(term, func(e ceql.Expr) {
				if f, _ := p.filter(nameOf(e)); f.Parameter {
					t.Errorf("the host is to judge %s", e)
				}
			})
		}
		if text := p.FilteredByHost(); text != "" {
			if _, err := ceql.Parse(text); err != nil {
				t.Errorf("%q: %v", text, err)
			}
		}
		_ = p.Digest()
		answer, err := p.Read(t.Context(), p.First(), func(ctx context.Context, q sdk.Query) (sdk.Page, []json.RawMessage, error) {
			return (&table{rows: rows, size: 4, overlap: 1}).page(ctx, q)
		}, Limits{})
		for _, record := range answer.Records {
			if !json.Valid(record) {
				t.Errorf("%s, %v", record, err)
			}
		}
	})
}

// A record stays JSON, and shaping it once is enough.
func FuzzFields(f *testing.F) {
	f.Add("a,b.c", `{"a":null,"b":{"c":[1,{"d":null}]},"b.c":"\u00e4"}`, true)
	f.Add("['x y'].z, `q`", `{"x y":[{"z":1},2,[{"z":3}]],"q":{}}`, false)
	f.Add("", `[null,{"a":null}]`, false)
	f.Fuzz(func(t *testing.T, text, record string, nulls bool) {
		var wrong faults
		fields := readFields(text, &wrong)
		if !json.Valid([]byte(record)) {
			return
		}
		once := fields.shape(json.RawMessage(record), nulls)
		if !json.Valid(once) || len(once) > len(record) {
			t.Fatalf("%q of %s: %s", text, record, once)
		}
		if twice := fields.shape(once, nulls); string(twice) != string(once) {
			t.Errorf("%q of %s: %s, then %s", text, record, once, twice)
		}
	})
}
