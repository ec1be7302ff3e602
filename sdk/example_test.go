package sdk_test

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pollwright/pollwright/sdk"
	"github.com/pollwright/pollwright/sdk/sdktest"
)

// acme is a complete adapter. In a project of its own it is package main, with
//
//	func init() { sdk.Register(acme{}) }
//	func main() {}
type acme struct{}

func (acme) Describe() sdk.Manifest {
	return sdk.Manifest{
		Key: "acme", Name: "Acme CRM", Hub: "crm", Version: "1.0.0",
		Config: []sdk.Parameter{
			{Key: "api.key", Label: "API key", Type: "string", Required: true, Secret: true},
		},
		Auth:      sdk.Auth{Type: sdk.AuthHeaders, Headers: map[string]string{"X-Api-Key": "{api.key}"}},
		BaseURLs:  []string{"https://api.acme.example/v1"},
		RateLimit: []sdk.Rate{{Requests: 10, PerSeconds: 1}},
		Resources: []sdk.Resource{{
			Name: "people", Path: "/people", Default: true, Since: []string{"changed"},
			Poll: &sdk.Poll{
				URL: "/hubs/crm/people", IDField: "id",
				UpdatedDateField: "changed", UpdatedDateFormat: "milliseconds",
			},
		}},
	}
}

func (a acme) Step(c sdk.Call) sdk.Reply {
	if c.Query.Resource != "people" {
		return sdk.Faultf(sdk.FaultNotFound, "Acme has no %s, only people", c.Query.Resource)
	}
	offset, err := sdk.ParseOffset(c.Query.Page)
	if err != nil {
		return sdk.Faultf(sdk.FaultInvalid, "%v", err)
	}
	if c.Response == nil {
		return sdk.Reply{Fetch: a.request(c.Query, offset)}
	}
	return a.page(c, offset)
}

func (acme) request(q sdk.Query, offset sdk.Offset) *sdk.Fetch {
	query := []sdk.Param{
		{Name: "limit", Value: strconv.Itoa(sdk.PageLimit(q, 100, 1000))},
		{Name: "offset", Value: strconv.FormatInt(offset.Start, 10)},
	}
	if q.Since != nil && q.Since.Field == "changed" {
		query = append(query, sdk.Param{Name: "changed_from", Value: strconv.FormatInt(q.Since.Time, 10)})
	}
	return &sdk.Fetch{Path: sdk.Path("people"), Query: query}
}

func (acme) page(c sdk.Call, offset sdk.Offset) sdk.Reply {
	if c.Response.Status != 200 {
		return sdk.FaultFromStatus(c, "")
	}
	body, err := sdk.ReadOutline(c.Response.Body)
	if err != nil {
		return sdk.Faultf(sdk.FaultTransient, "Acme's answer: %v: %s", err, sdk.Excerpt(c.Response.Body))
	}
	rows, ok := body.Len("people")
	if !ok {
		return sdk.Faultf(sdk.FaultInvalid, "Acme's answer has no list of people, only %v", body.Names())
	}
	total, ok := body.Int("total")
	if !ok {
		total = -1
	}
	page := &sdk.Page{Records: sdk.Records{Select: &sdk.Select{At: "/people"}}}
	offset.Fill(page, rows, sdk.PageLimit(c.Query, 100, 1000), total)
	return sdk.Reply{Page: page}
}

// Example runs a whole adapter against a provider of three rows, as the host does.
func Example() {
	people := []string{`{"id":"a","changed":"1"}`, `{"id":"b","changed":"2"}`, `{"id":"c","changed":"3"}`}
	provider := func(f sdk.Fetch) (sdk.Response, error) {
		fmt.Println("GET", f.Path, f.Query)
		start, _ := strconv.Atoi(f.Query[1].Value)
		rows := people[start:min(start+2, len(people))]
		body := fmt.Appendf(nil, `{"people":[%s],"total":3}`, strings.Join(rows, ","))
		return sdk.Response{Status: 200, Body: body}, nil
	}

	host := sdktest.Native(acme{})
	manifest, _ := host.Manifest()
	fmt.Println(manifest.Name, "problems:", manifest.Check())

	first := sdk.Call{Query: sdk.Query{Resource: "people", PageSize: 2, Since: &sdk.Since{Field: "changed", Time: 1}}}
	result, err := sdktest.Scan(host, first, provider)
	for _, page := range result.Pages {
		records, _ := page.Records()
		fmt.Println(records, "next:", page.Next, "overlap:", page.Overlap)
	}
	fmt.Println(result.Fault, err)
	// Output:
	// Acme CRM problems: []
	// GET /people [{limit 2} {offset 0} {changed_from 1}]
	// GET /people [{limit 2} {offset 1} {changed_from 1}]
	// GET /people [{limit 2} {offset 2} {changed_from 1}]
	// [map[changed:1 id:a] map[changed:2 id:b]] next: 1+1 overlap: 1
	// [map[changed:2 id:b] map[changed:3 id:c]] next: 2+1 overlap: 1
	// [map[changed:3 id:c]] next:  overlap: 0
	// <nil> <nil>
}
