package plugin

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pollwright/pollwright/sdk"
)

// BenchmarkStep is the cost of one call in a fresh instance: a module of 600 bytes, and one of the Go toolchain (2 MB and more), most of
// whose cost is making its memory and running its initialisation.
func BenchmarkStep(b *testing.B) {
	run := func(b *testing.B, c *Catalog, key string, call sdk.Call) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := c.Step(b.Context(), key, call); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("small", func(b *testing.B) {
		run(b, newCatalog(b, Config{}, map[string]module{"a.wasm": good("a")}), "a", sdk.Call{})
	})
	call := sdk.Call{Query: sdk.Query{Resource: "contacts"}}
	b.Run("go", func(b *testing.B) { run(b, newProbe(b, Limits{}), "probe", call) })
	call.Response = &sdk.Response{Status: 200, Body: page(1000)}
	b.Run("go with a page of 1,000", func(b *testing.B) { run(b, newProbe(b, Limits{}), "probe", call) })
}

// BenchmarkIdlePoll is what a built-in adapter adds to a poll that finds nothing new: a call for the request and one for its answer.
func BenchmarkIdlePoll(b *testing.B) {
	c := newCatalog(b, Config{Builtin: os.DirFS(filepath.Join("..", "..", "plugins", "dist"))}, nil)
	polls := map[string]struct {
		ask  sdk.Call
		body string
	}{
		"icontact": {sdk.Call{
			Query:  sdk.Query{Resource: "contacts", PageSize: 500, Since: &sdk.Since{Field: "createDate", Time: 1_767_225_600_000}},
			Config: map[string]string{"status": "total", "api.version": "2.2"}, Memo: sdk.Raw(`{"account":"1","folder":"2","of":"1"}`),
		}, `{"contacts":[],"limit":500,"offset":0,"total":0}`},
		"acton": {sdk.Call{
			Query: sdk.Query{
				Resource: "contacts", Vars: map[string]string{"listId": "l-0001"}, PageSize: 1000,
				Where: []sdk.Condition{{Name: "modafter", Op: "=", Value: "1767225600000"}},
			},
		}, `{"totalCount":0,"headers":["_contact_id_","E-mail Address","__created_date","__modified_date"],"offset":0,"count":1000,"data":[]}`},
	}
	for key, poll := range polls {
		b.Run(key, func(b *testing.B) {
			poll.ask.Now = 1_767_225_600_000
			var fuel int64
			for b.Loop() {
				reply, cost, err := c.Step(b.Context(), key, poll.ask)
				if err != nil || reply.Fetch == nil {
					b.Fatalf("%+v, %v", reply, err)
				}
				answer := poll.ask
				answer.State = reply.Fetch.State
				answer.Response = &sdk.Response{Status: 200, Headers: map[string]string{"content-type": "application/json", "date": "Thu, 01 Jan 2026 00:00:00 GMT"}, Body: []byte(poll.body)}
				reply, more, err := c.Step(b.Context(), key, answer)
				if err != nil || reply.Page == nil {
					b.Fatalf("%+v, %v", reply, err)
				}
				fuel = cost.Fuel + more.Fuel
			}
			b.ReportMetric(float64(fuel), "fuel")
		})
	}
}
