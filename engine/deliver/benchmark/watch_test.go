package benchmark

import (
	"fmt"
	"runtime"
	"time"

	"github.com/pollwright/pollwright/engine/store/badgerstore"
)

// watch looks at a run while it goes on.
type watch struct {
	stored  *badgerstore.Store
	m       *measure
	minute  time.Duration // the short run's is shorter
	cpu     []float64     // of each minute: µs for an event, in this process
	samples []sample
}

// sample is the resident memory at a moment.
type sample struct {
	at             time.Duration
	rss, anonymous int64
}

const samplesPerMinute = 60

// run prints a line each minute, and returns after the last.
func (w *watch) run(minutes int) {
	fmt.Printf("%6s %10s %13s %8s %8s %8s %10s\n", "minute", "events/s", "CPU µs/event", "RSS MB", "anon MB", "heap MB", "folder MB")
	tick := time.NewTicker(w.minute / samplesPerMinute)
	defer tick.Stop()
	start := time.Now()
	events, cpu, since := w.m.events.Load(), usedCPU(), start
	for n := 1; n <= minutes; {
		now := <-tick.C
		rss, anonymous := resident()
		w.samples = append(w.samples, sample{now.Sub(start), rss, anonymous})
		if now.Sub(start) < time.Duration(n)*w.minute {
			continue
		}
		e, c := w.m.events.Load(), usedCPU()
		w.cpu = append(w.cpu, float64((c-cpu).Microseconds())/float64(max(e-events, 1)))
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		fmt.Printf("%6d %10.0f %13.1f %8.0f %8.0f %8.0f %10.0f\n", n, float64(e-events)/now.Sub(since).Seconds(), w.cpu[n-1],
			mega(rss), mega(anonymous), mega(int64(memory.HeapInuse)), mega(w.stored.Size()))
		events, cpu, since = e, c, now
		n++
	}
}

// steadyCPU compares the last minute with the second: in the first one the store is empty and nothing is swept.
func (w *watch) steadyCPU() string {
	second, last := w.cpu[1], w.cpu[len(w.cpu)-1]
	return told(last <= moreCPU*second, "CPU of an event %.1f µs in the last minute, %.1f µs in the second: %.2f times, at most %.1f",
		last, second, last/second, moreCPU)
}

// flatRSS follows the memory through the second half. It says little of a run of a few minutes: in the first two the store fills.
func (w *watch) flatRSS() string {
	half := w.samples[len(w.samples)/2:]
	begin, end, slope := line(half, func(s sample) int64 { return s.rss })
	_, _, anonymous := line(half, func(s sample) int64 { return s.anonymous })
	return told(end <= moreRSS*begin, "RSS %+.1f MB a minute in the second half (without pages of files %+.1f), %.0f to %.0f MB: at most %.1f times",
		slope, anonymous, begin, end, moreRSS)
}

// line is the straight one that is nearest to the samples, in MB and minutes.
func line(samples []sample, of func(sample) int64) (begin, end, slope float64) {
	var x, y, xx, xy float64
	for _, s := range samples {
		at, size := s.at.Minutes(), mega(of(s))
		x, y, xx, xy = x+at, y+size, xx+at*at, xy+at*size
	}
	n := float64(len(samples))
	slope = (n*xy - x*y) / (n*xx - x*x)
	at := func(s sample) float64 { return y/n + slope*(s.at.Minutes()-x/n) }
	return at(samples[0]), at(samples[len(samples)-1]), slope
}
