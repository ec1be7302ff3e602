package poll

import (
	"fmt"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/engine/store/badgerstore"
	"github.com/pollwright/pollwright/sdk"
)

// BenchmarkMillionContents polls a resource of a million records, of which every hundredth has changed, over a store on disk.
// "written-KB" is all that a poll commits: 10,000 events with their log, and what detection remembers.
func BenchmarkMillionContents(b *testing.B) {
	const records, size = 1_000_000, 2000
	s, err := badgerstore.Open(badgerstore.Config{Dir: b.TempDir(), Small: true})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	id, err := change.ParsePath("id")
	if err != nil {
		b.Fatal(err)
	}
	w := &world{now: epoch, store: &watched{Store: s}}
	w.poller, err = New(Config{
		Store: w.store, Journal: NewJournal(w.store, 7*24*time.Hour, slog.New(slog.DiscardHandler)), Limits: Limits{Time: time.Hour}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	w.job = w.newJob()
	w.job.Plan.Hash = &change.HashRule{ID: id, Deletes: true}
	first, err := First(42, w.job.Resource, w.job.Plan, epoch)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := store.One(s.Commit(b.Context(), store.Change{Puts: []store.Put{first}})); err != nil {
		b.Fatal(err)
	}
	round, written, largest := 0, 0, 0
	w.store.before = func(changes []store.Change) error {
		for _, c := range changes {
			n, _ := c.Size()
			written, largest = written+n, max(largest, n)
		}
		return nil
	}
	w.reply = func(call sdk.Call) (*sdk.Reply, error) {
		if call.Response == nil {
			return nil, nil
		}
		at, _ := strconv.Atoi(call.Query.Page)
		page := &sdk.Page{}
		for n := at; n < at+size; n++ {
			content := 0
			if n%100 == 0 {
				content = round
			}
			page.Records.Inline = append(page.Records.Inline,
				sdk.Raw(fmt.Appendf(nil, `{"id":"%010d","email":"user%d@example.com","note":"%d"}`, uint32(n)*2654435761, n, content)))
		}
		if at+size < records {
			page.Next = strconv.Itoa(at + size)
		}
		return &sdk.Reply{Page: page}, nil
	}
	poll := func(want change.Counts) {
		out, err := w.poller.Poll(b.Context(), w.job)
		if err != nil || out.Error != nil || out.Counts != want {
			b.Fatalf("outcome %+v, err %v, want %+v", out, err, want)
		}
	}
	poll(change.Counts{Records: records, Baseline: records})
	written = 0
	b.ResetTimer()
	for round = 1; round <= b.N; round++ {
		poll(change.Counts{Records: records, Updated: records / 100, Known: records - records/100})
	}
	b.ReportMetric(float64(written)/float64(b.N<<10), "written-KB")
	b.ReportMetric(float64(largest>>10), "largest-commit-KB")
}
