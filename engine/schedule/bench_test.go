package schedule

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"
)

// BenchmarkLoad is a start with a million instances.
func BenchmarkLoad(b *testing.B) {
	all := items(1_000_000, time.Hour)
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := loaded(b, all)
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(len(all)), "B/item")
		runtime.KeepAlive(s)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(all)), "ns/item")
}

// BenchmarkPoll is what one poll costs the scheduler, from coming due to waiting again; it must hardly grow with the number of items.
func BenchmarkPoll(b *testing.B) {
	for _, n := range []int{1000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			all := items(n, rarely) // nothing comes due by itself
			s := loaded(b, all)
			var started *entry
			i := 0
			for b.Loop() {
				s.PollNow(all[i*7919%n].Instance, "contacts")
				s.dispatch(func(e *entry, _ Item) { started = e })
				s.finish(started, Result{}, false)
				i++
			}
		})
	}
}

func loaded(b *testing.B, all []Item) *Scheduler {
	s, err := New(Config{Run: func(context.Context, Item) Result { return Result{} }})
	if err != nil {
		b.Fatal(err)
	}
	for _, it := range all {
		if err := s.Add(it, Start); err != nil {
			b.Fatal(err)
		}
	}
	s.Begin(rarely)
	return s
}
