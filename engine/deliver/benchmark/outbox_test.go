package benchmark

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/store/badgerstore"
)

// Aims of the long run. They are told, not asserted.
const (
	timesLive = 3     // the folder at the end, beside what is alive in it
	spare     = 200e6 // and beside that: logs, and what is not worth a compaction
	moreCPU   = 1.2   // an event of the last minute, beside one of the second
	moreRSS   = 1.1   // at the end of the second half, beside its beginning
)

// TestBenchOutbox is `make bench-outbox`; without flags a short run shows that it works.
func TestBenchOutbox(t *testing.T) {
	b := newBench(t, startSink(t), 10)
	d, minute := *length, min(time.Minute, *length/3)
	if d == 0 {
		d, minute = 600*time.Millisecond, 200*time.Millisecond
	}
	b.history = minute
	t.Logf("%v at %d events/s (0 = as fast as it goes), batch %d: %d instances of %d lanes, %d requests at once, %d changes a poll, kept for %v",
		d, *rate, b.batch, instances, lanes, inFlight, changesPerPoll, b.history)
	b.outbox(d, minute, *rate)
}

// outbox commits, delivers and acknowledges for a time on a store that is swept and compacted meanwhile, as in the server.
func (b *bench) outbox(d, minute time.Duration, rate int) {
	m := b.begin()
	stored := b.open()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var running sync.WaitGroup
	running.Go(func() {
		if err := stored.Run(ctx); err != nil {
			b.t.Errorf("upkeep: %v", err)
		}
	})
	w := watch{stored: stored, m: m, minute: minute}
	var watching sync.WaitGroup
	watching.Go(func() { w.run(int(d / minute)) })
	b.deliver(stored, m, time.Now().Add(d), rate)
	watching.Wait()
	m.pause()
	verdict := b.settle(stored, minute)
	stop()
	running.Wait()
	b.close(stored)
	r := m.end()
	committed := 0
	for _, p := range b.pollers {
		committed += p.told
	}
	if int64(committed) != r.events {
		b.t.Errorf("%d events were committed, %d delivered", committed, r.events)
	}
	fmt.Printf("committed, delivered and arrived: %d events, %.0f/s\n", r.events, float64(r.events)/r.took.Seconds())
	if verdict += w.steadyCPU() + w.flatRSS(); *length > 0 { // a short run judges nothing
		fmt.Print(verdict)
	}
}

// settle lets the store sweep and compact until the folder is as small as it should be, for a minute at most.
func (b *bench) settle(stored *badgerstore.Store, minute time.Duration) (verdict string) {
	b.t.Helper()
	for start := time.Now(); ; time.Sleep(minute / 12) {
		live, err := stored.Live(context.Background())
		if err != nil {
			b.t.Errorf("live bytes: %v", err)
			return ""
		}
		folder, passed := stored.Size(), time.Since(start).Round(time.Millisecond)
		aim := timesLive*live + spare
		text := fmt.Sprintf("folder %.0f MB, live %.0f MB, %v after the end", mega(folder), mega(live), passed)
		fmt.Println(text)
		if folder <= aim || passed >= minute {
			return told(folder <= aim, "%s; at most %.0f MB (%d x live + %.0f MB)", text, mega(aim), timesLive, mega(spare))
		}
	}
}

// told is a line on one aim.
func told(met bool, format string, args ...any) string {
	word := "NOT MET"
	if met {
		word = "met"
	}
	return fmt.Sprintf("aim %s: %s\n", word, fmt.Sprintf(format, args...))
}

func mega(bytes int64) float64 { return float64(bytes) / 1e6 }
