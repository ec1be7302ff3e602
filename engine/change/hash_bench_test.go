package change

import (
	"encoding/json"
	"fmt"
	"runtime"
	"testing"
	"time"
)

// BenchmarkHashMillion is a scan of a million objects of which every hundredth has changed: what it takes to hold and to write it.
// "live-MB" is what the state holds, "peak-MB" the most that the heap grew by, garbage and the pages included; "log-KB" is what the scan
// writes beside the events, "merge-MB" what merging the log into the blocks writes, about every fourteenth scan.
func BenchmarkHashMillion(b *testing.B) {
	const objects, page = 1_000_000, 1000
	w := watchHashes(b, func(r *HashRule) { r.Guard = Guard{Fraction: 1} })
	started := time.Now()
	w.scanMany(b, objects, page, 0)
	b.Logf("baseline: %v, %d MB written", time.Since(started).Round(time.Millisecond), w.written>>20)
	var peak, live, log, merge float64
	b.ResetTimer()
	for round := range b.N {
		before := heap(true)
		w.written = 0
		most, state := w.scanMany(b, objects, page, round+1)
		log += float64(w.written) / (1 << 10)
		peak = max(peak, most-before)
		w.written = 0
		for state.packing = true; state.Tidy(); {
			w.save(state)
		}
		merge += float64(w.written) / (1 << 20)
		live = max(live, heap(true)-before)
		runtime.KeepAlive(state)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*objects), "ns/record")
	b.ReportMetric(peak, "peak-MB")
	b.ReportMetric(live, "live-MB")
	b.ReportMetric(log/float64(b.N), "log-KB")
	b.ReportMetric(merge/float64(b.N), "merge-MB")
	b.ReportMetric(float64(w.largest)/1024, "largest-chunk-KB")
}

func heap(collect bool) float64 {
	if collect {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

// scanMany reads pages that are made as they are read; in each round a hundredth of the objects differs from the round before.
func (w *hashWorld) scanMany(b *testing.B, objects, page, round int) (most float64, h *Hashes) {
	h, s := w.begin()
	told := 0
	for at := 0; at < objects; at += page {
		records := make([]json.RawMessage, page)
		for i := range records {
			n, content := at+i, 0
			if n%100 == 0 {
				content = round
			}
			id := uint32(n) * 2654435761 // in no order
			records[i] = fmt.Appendf(nil, `{"id":"%010d","email":"user%d@example.com","status":"normal","note":"%d"}`, id, n, content)
		}
		changes, _ := s.Page(records)
		if told += len(changes); told >= 500 || h.Waiting() >= 256<<10 { // as package poll does
			s.Pause("somewhere", false)
			w.save(h)
			told = 0
		}
		if at%(objects/20) == 0 {
			most = max(most, heap(false))
		}
	}
	_, _ = w.finish(h, s)
	return most, h
}

// BenchmarkHashRecord is the cost of a record that did not change, of the size that iContact's contacts have.
func BenchmarkHashRecord(b *testing.B) {
	w := watchHashes(b)
	records := make([]json.RawMessage, 500)
	for i := range records {
		records[i] = fmt.Appendf(nil, `{"contactId":"%d","id":"%d","prefix":"","firstName":"Ada","lastName":"L","suffix":"","street":"","street2":"","city":"London","state":"","postalCode":"","phone":"","fax":"","business":"","email":"ada%d@example.com","createDate":"2026-06-09 15:46:52","bounceCount":"0","status":"normal"}`, i, i, i)
	}
	h, s := w.begin()
	s.Page(records)
	w.finish(h, s)
	b.ResetTimer()
	for range b.N {
		_, s := w.begin()
		s.Page(records)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(records)), "ns/record")
}
