package change

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

// BenchmarkDatesRecord is the detection of one record by dates: new, known, and with its content in the version.
func BenchmarkDatesRecord(b *testing.B) {
	for _, c := range []struct {
		name string
		hash bool
	}{{"milliseconds", false}, {"content in the version", true}} {
		b.Run(c.name, func(b *testing.B) {
			rule := millisRule(b)
			rule.HashContent = c.hash
			page := make([]json.RawMessage, 1000)
			for i := range page {
				ms := epoch.Add(time.Duration(i) * time.Millisecond).UnixMilli()
				page[i] = json.RawMessage(fmt.Sprintf(`{"email":"contact%d@example.com","firstName":"Ada","lastName":"Alpha","phone":null,"street":null,"city":"Springfield","state":"MA","postalCode":"00000","status":"normal","bounceCount":null,"id":"l-0001:%x","created":"%d","updated":"%d"}`, i, i, ms, ms))
			}
			b.ReportAllocs()
			for b.Loop() { // each record once as new and once as known
				scan := Begin(rule, NewCheckpoint(rule, epoch.Add(-time.Second)))
				scan.SetClock(epoch, epoch)
				scan.Page(page)
				scan.Page(page)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*2*len(page)), "ns/record")
		})
	}
}
