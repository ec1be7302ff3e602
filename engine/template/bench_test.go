package template

import (
	"testing"
	"time"
)

// BenchmarkExpand fills the URL of a poll, which is parsed once when the instance is made.
func BenchmarkExpand(b *testing.B) {
	for name, url := range map[string]string{
		"epoch": "/hubs/marketing/lists/{listId}/contacts?where=modafter='${epoch}'",
		"date":  "/hubs/crm/accounts?where=lastModified>='${gmtDate:yyyy-MM-dd'T'HH:mm:ss'Z'}'",
	} {
		b.Run(name, func(b *testing.B) {
			t, err := Parse(url)
			if err != nil {
				b.Fatal(err)
			}
			values := Values{Since: time.Date(2026, 6, 4, 0, 0, 0, 0, time.UTC), Vars: map[string]string{"listId": "l-0001"}}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := t.Expand(values); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
