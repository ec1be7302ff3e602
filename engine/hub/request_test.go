package hub

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/ceql"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/sdk"
)

// shop is an element with a list that can do much, one below a variable that can do little, and a single record.
var shop = sdk.Manifest{Key: "shop", Name: "Shop", Hub: "commerce", Resources: []sdk.Resource{
	{
		Name: "orders", Path: "/orders", OrderBy: []string{"id", "made"},
		Where: []sdk.Filter{{Name: "status", Ops: []string{"=", "LIKE"}}, {Name: "made", Ops: []string{">", ">=", "<"}}, {Name: "city", Ops: []string{"="}, Coarse: true}, {Name: "modafter", Ops: []string{"=", ">"}, Parameter: true}},
		Poll:  &sdk.Poll{URL: "/hubs/commerce/orders", IDField: "id", UpdatedDateField: "made", UpdatedDateFormat: "dd.MM.yyyy HH:mm", UpdatedDateTimezone: "Europe/Berlin"},
	},
	{Name: "lines", Path: "/orders/{orderId}/lines"},
	{Name: "first", Path: "/orders/first", Single: true},
	{Name: "statistics", Path: "/orders/{orderId}/statistics", Single: true},
}}

func TestPath(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path, resource string
		vars           map[string]string
		id             string
		fault          string
	}{
		{path: "orders", resource: "orders"},
		{path: "/orders/", resource: "orders"},
		{path: "orders/17", resource: "orders", id: "17"},
		{path: "orders/a%2Fb%3Fc", resource: "orders", id: "a/b?c"}, // compared with records, never put into a URL
		{path: "orders/first", resource: "first"},
		{path: "orders/17/lines", resource: "lines", vars: map[string]string{"orderId": "17"}},
		{path: "orders/j%40example.com/lines", resource: "lines", vars: map[string]string{"orderId": "j@example.com"}},
		{path: "orders/a%20b+c/statistics", resource: "statistics", vars: map[string]string{"orderId": "a b+c"}},
		{path: "orders/../lines", fault: `path: has ".." for {orderId}`},
		{path: "orders/%2e%2e/lines", fault: `path: has ".." for {orderId}`},
		{path: "orders/%252e%252e/lines", fault: `path: has "%2e%2e" for {orderId}`},
		{path: "orders/..%2Fadmin/lines", fault: `path: has "../admin" for {orderId}`},
		{path: "orders/a%5Cb/lines", fault: "for {orderId}"},
		{path: "orders/1%3Fkey=2/lines", fault: "for {orderId}"},
		{path: "orders/1%23/lines", fault: "for {orderId}"},
		{path: "orders/1%0d%0aX:y/lines", fault: "for {orderId}"},
		{path: "orders/1%zz/lines", fault: "two hexadecimal digits"},
		{path: "orders//lines", fault: "/orders//lines is no resource of Shop; it has /hubs/commerce/orders, /hubs/commerce/orders/{orderId}/lines"},
		{path: "", fault: "is no resource of Shop"},
		{path: "order", fault: "is no resource of Shop"},
		{path: "orders/1/lines/2", fault: "is no resource of Shop"}, // its records have no id that is known
		{path: "orders/first/2", fault: "is no resource of Shop"},
		{path: strings.Repeat("x/", 5000), fault: "is no resource of Shop"},
	} {
		r, err := Parse(shop, c.path, "")
		if c.fault != "" {
			if err == nil || !strings.Contains(err.Error(), c.fault) {
				t.Errorf("%.100q: %v, want %q", c.path, err, c.fault)
			}
			continue
		}
		if err != nil || r.Resource.Name != c.resource || !maps.Equal(r.Vars, c.vars) || r.ID != c.id {
			t.Errorf("%.100q: %s %v %q %v, want %+v", c.path, r.Resource.Name, r.Vars, r.ID, err, c)
		}
	}
}

func TestQuery(t *testing.T) {
	t.Parallel()
	r, err := Parse(shop, "orders", "where=status%3D'open'+AND+made%3E'2026-01-02'&orderBy=id+desc,%60odd,%20name%60,a.b+ASC&page=3&pageSize=50&folder=a%26b&fields=id,a.b,%60x,y%60")
	if err != nil {
		t.Fatal(err)
	}
	want := ceql.And{Terms: []ceql.Expr{ceql.Condition{Name: "status", Op: "=", Value: "open", Quoted: true}, ceql.Condition{Name: "made", Op: ">", Value: "2026-01-02", Quoted: true}}}
	if diff := cmp.Diff(ceql.Expr(want), r.Where); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]sdk.Order{{Field: "id", Descending: true}, {Field: "odd, name"}, {Field: "a.b"}}, r.OrderBy); diff != "" {
		t.Error(diff)
	}
	if r.Page != 3 || r.Size != 50 || r.Next != "" || r.Params["folder"] != "a&b" || len(r.Params) != 1 {
		t.Errorf("%+v", r)
	}
	if r, err = Parse(shop, "orders", ""); err != nil || r.Size != 200 || r.Page != 0 {
		t.Errorf("without a query: %+v, %v", r, err)
	}
}

func TestQueryFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path, query string
		want        []string // path and a part of the message
	}{
		{"orders", "pageSize=0", []string{"pageSize", `from 1 to 200, is "0"`}},
		{"orders", "pageSize=201", []string{"pageSize", `from 1 to 200, is "201"`}},
		{"orders", "pageSize=x&page=0", []string{"page", "from 1", "pageSize", "from 1 to 200"}},
		{"orders", "page=2&nextPage=abc", []string{"page", "exclude each other"}},
		{"orders", "page=99999999999999999999", []string{"page", "from 1"}},
		{"orders", "orderBy=id%20down", []string{"orderBy", "asc or desc"}},
		{"orders", "orderBy=id,,made", []string{"orderBy", "empty name"}},
		{"orders", "orderBy=a..b", []string{"orderBy", "empty name"}},
		{"orders", "fields=id,", []string{"fields", "empty name"}},
		{"orders", "fields=a%5B1", []string{"fields", "quoted name in brackets"}},
		{"orders", "x=%zz", []string{"x", "hexadecimal"}},
		{"orders", "a=1&a=2", []string{"a", "twice"}},
		{"orders", "where=a=1&where=b=2", []string{"where", "twice"}},
		{"orders/17", "where=a%3D1&orderBy=id&page=1", []string{"orderBy", "lists", "page", "lists", "where", "lists"}},
		{"orders/first", "nextPage=a", []string{"nextPage", "lists"}},
	} {
		_, err := Parse(shop, c.path, c.query)
		var invalid *instance.InvalidError
		if !errors.As(err, &invalid) || len(invalid.Problems) != len(c.want)/2 {
			t.Errorf("%s?%s: %v, want %q", c.path, c.query, err, c.want)
			continue
		}
		for i := 0; i < len(c.want); i += 2 {
			found := false
			for _, p := range invalid.Problems {
				found = found || p.Path == c.want[i] && strings.Contains(p.Message, c.want[i+1])
			}
			if !found {
				t.Errorf("%s?%s: %v, want %s: %s", c.path, c.query, err, c.want[i], c.want[i+1])
			}
		}
	}
	_, err := Parse(shop, "orders", "where=a%20LIKE")
	if err == nil || err.Error() != "Error parsing query: where clause, column 7: found the end where a value was expected" {
		t.Errorf("bad where: %v", err)
	}
}

// What is handed on, what stays, and what can be done by nobody.
func TestPlan(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		query       string
		handed      []sdk.Condition
		host, order string
		fault       string
	}{
		{query: ""},
		{query: "where=status='open'", handed: []sdk.Condition{{Name: "status", Op: "=", Value: "open"}}},
		{query: "where=status='open' AND total>5 AND status LIKE 'o%25'", handed: []sdk.Condition{{Name: "status", Op: "=", Value: "open"}}, host: "total > 5 AND status LIKE 'o%'"},
		{query: "where=city='Ulm'", handed: []sdk.Condition{{Name: "city", Op: "=", Value: "Ulm"}}},
		{query: "where=status='' AND city=''", host: "status = '' AND city = ''"},
		{query: "where=status!='open'", host: "status != 'open'"},
		{query: "where=status='a' OR status='b'", host: "status = 'a' OR status = 'b'"},
		{query: "where=(status='a' OR total IS NULL) AND made>'2026-01-01'", handed: []sdk.Condition{{Name: "made", Op: ">", Value: "2026-01-01"}}, host: "status = 'a' OR total IS NULL"},
		{query: "where=status IN ('a')", host: "status IN ('a')"},
		{query: "where=modafter='1' AND modafter>2", handed: []sdk.Condition{{Name: "modafter", Op: "=", Value: "1"}, {Name: "modafter", Op: ">", Value: "2"}}},
		{query: "where=modafter='1' OR a=2", fault: "where: modafter = '1' cannot be handed on to Shop here, and modafter is no field of the records"},
		{query: "where=a=1 AND modafter<5", fault: "with = or >"},
		{query: "where=modafter IN (5)", fault: "cannot be handed on"},
		{query: "where=modafter IS NULL", fault: "cannot be handed on"},
		{query: "where=%60a..b%60=1", fault: "where: field path"},
		{query: "orderBy=total desc,id", order: "total desc, id asc"},
		{query: "orderBy=made desc,id"},
	} {
		r, err := Parse(shop, "orders", strings.ReplaceAll(c.query, " ", "+"))
		var p Plan
		if err == nil {
			p, err = r.Plan(nil, true)
		}
		if c.fault != "" {
			if err == nil || !strings.Contains(err.Error(), c.fault) {
				t.Errorf("%s: %v, want %q", c.query, err, c.fault)
			}
			continue
		}
		if err != nil || cmp.Diff(c.handed, p.Query.Where) != "" || p.FilteredByHost() != c.host || p.OrderedByHost() != c.order {
			t.Errorf("%s: %+v by host %q, ordered %q, %v; want %+v", c.query, p.Query.Where, p.FilteredByHost(), p.OrderedByHost(), err, c)
		}
		if by := p.Query.OrderBy; c.order != "" && by != nil || strings.HasPrefix(c.query, "orderBy=made") && len(by) != 2 {
			t.Errorf("%s: the order %v is handed on", c.query, by)
		}
	}
}

// A token is good for one query.
func TestDigest(t *testing.T) {
	t.Parallel()
	digest := func(path, query string) string {
		r, err := Parse(shop, path, query)
		if err != nil {
			t.Fatal(err)
		}
		p, err := r.Plan(nil, true)
		if err != nil {
			t.Fatal(err)
		}
		return string(p.Digest())
	}
	base := digest("orders", "where=a%3D1")
	for _, same := range []string{"where=a+%3D+1", "where=(a%3D1)&pageSize=3", "where=a%3D1&fields=id", "where=a%3D1&nextPage=x"} {
		if digest("orders", same) != base {
			t.Errorf("%s is another query", same)
		}
	}
	for _, other := range []string{"", "where=a%3D2", "where=a%3D'1'", "where=a%3D1&orderBy=id", "where=a%3D1&x=1"} {
		if digest("orders", other) == base {
			t.Errorf("%s is the same query", other)
		}
	}
	if digest("orders/1/lines", "") == digest("orders/2/lines", "") || digest("orders/1", "") == digest("orders", "") {
		t.Error("another path is the same query")
	}
}
