package plugin

import (
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
