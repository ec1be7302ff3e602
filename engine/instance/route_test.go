package instance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/sdk"
)

func shop() sdk.Manifest {
	return sdk.Manifest{Name: "Shop", Hub: "ecommerce", Resources: []sdk.Resource{
		{Name: "one", Path: "/orders/{id}"}, {Name: "open", Path: "/orders/open"}, {Name: "orders", Path: "/orders"},
		{Name: "lines", Path: "/orders/{id}/lines/{line}"}, {Name: "hubs", Path: "/hubs"},
	}}
}

func TestFindRoute(t *testing.T) {
	t.Parallel()
	tests := []struct{ url, want string }{
		{"/hubs/ecommerce/orders", "orders"},
		{"/hubs/crap/orders", "orders"},
		{"/orders", "orders"},
		{"orders", "orders"},
		{" /hubs/x/orders ", "orders"},
		{"/hubs/x/orders/", "orders"},
		{"hubs/x/orders", "orders"},
		{"/elements/api-v2/hubs/x/orders", "orders"},
		{"/elements/api-v2/orders", "orders"},
		{"https://api.cloud-elements.com/elements/api-v2/hubs/x/orders?where=a='b'", "orders a=b"},
		{"HTTP://localhost:8080/hubs/x/orders", "orders"},
		{"/hubs", "hubs"},
		{"/hubs/x/hubs", "hubs"},
		{"/orders/open", "open"}, // a path without variables wins
		{"/orders/7", "one id:7"},
		{"/orders/a%2Db%20c", "one id:a-b c"},
		{"/orders/100%", "one id:100%"},
		{"/ord%65rs/7", "one id:7"},
		{"/orders/7/lines/8", "lines id:7 line:8"},
		{"/orders?where=", "orders"},
		{"/orders?", "orders"},
		{"/orders?&&", "orders"},
		{"/orders?where=a >= '2024-05-06T07:08:09+02:00' AND b = 5", "orders a>=2024-05-06T07:08:09+02:00 b=5"},
		{"/orders?where= a%3D%27b%26c%27", "orders a=b&c"},
		{"/orders?where=name='O''Brien & Sons'&x=1", "orders name=O'Brien & Sons ?x=1"},
		{"/orders?where='Modified Time'>'7'", "orders Modified Time>7"},
		{"/orders?where=a='1' or b='2'", "orders !a='1' or b='2'"},
		{"/orders?where=a in ('1','2')&x=", "orders !a in ('1','2') ?x="},
		{"/orders?where=((", "orders !(("},
		{"/orders?where=a='b'&where=c='d'", "orders a=b c=d"},
		{"/orders?where=a='b", "orders a=b ~"}, // repaired, with a warning
		{"/orders?pageSize=20&where=a='b'", "orders a=b #20"},
		{"/orders?from=2024&to=2025&to=2026", "orders ?from=2024 ?to=2026"},
		{"/orders?orderBy=!d&filter=d gte '2024-01-01T00:00:00+01:00'", "orders ?filter=d gte '2024-01-01T00:00:00+01:00' ?orderBy=!d"},
		{"/orders?a%3Db=%zz", "orders ?a=b=%zz"},
	}
	for _, tt := range tests {
		route, err := FindRoute(shop(), tt.url)
		if err != nil {
			t.Errorf("%s: %v", tt.url, err)
			continue
		}
		if got := describeRoute(route); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.url, got, tt.want)
		}
	}
}

func describeRoute(r Route) string {
	words := []string{r.Resource.Name}
	for _, name := range sortedKeys(r.Vars) {
		words = append(words, name+":"+r.Vars[name])
	}
	for _, c := range r.Where {
		words = append(words, c.Name+c.Op+c.Value)
	}
	if r.Filter != "" {
		words = append(words, "!"+r.Filter)
	}
	for _, name := range sortedKeys(r.Params) {
		words = append(words, "?"+name+"="+r.Params[name])
	}
	if r.PageSize != 0 {
		words = append(words, fmt.Sprintf("#%d", r.PageSize))
	}
	if len(r.Warnings) > 0 {
		words = append(words, "~")
	}
	return strings.Join(words, " ")
}

func TestNoRoute(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"":                            "is not a resource of Shop; it can read /hubs/ecommerce/orders/{id}, /hubs/ecommerce/orders/open",
		"/":                           "is not a resource",
		"/hubs/x":                     "is not a resource",
		"/hubs/x/Orders":              "is not a resource",
		"/hubs//orders":               "",
		"/orders//lines/8":            "is not a resource",
		"/elements/api-v2orders":      "is not a resource",
		"ftp://h/orders":              "is not a resource",
		"/orders/..":                  `".." for {id}`,
		"/orders/a%2Fb":               `"a/b" for {id}`,
		"/orders/a%0Ab":               `"a\nb" for {id}`,
		"/orders/%5C":                 "which is no name",
		"/orders?pageSize=0":          "whole number from 1",
		"/orders?pageSize=many":       `is "many"`,
		"/orders?pageSize=-20":        "whole number from 1",
		"/orders?pageSize=1000000000": "whole number from 1",
	} {
		_, err := FindRoute(shop(), url)
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", url, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: error %v, want %s", url, err, want)
		}
	}
}
