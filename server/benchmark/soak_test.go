//go:build unix

package benchmark

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// What the soak does, and what it should come to. The aim is told, not asserted.
const (
	soakRecords = 50          // new ones of a poll: 1,000 events/s
	churned     = 20          // instances that come and go
	churnEvery  = time.Second // one of them goes and another comes
	soakHistory = time.Minute // of what was delivered
	soakSlope   = 1.0         // percent in ten minutes
	soakLast    = 20 * time.Minute
)

// TestSoak is `make soak`; without flags a few seconds show that it works.
func TestSoak(t *testing.T) {
	b := newBench(t)
	d, sample, churn := *length, 10*time.Second, churnEvery
	if d == 0 {
		b.instances, b.every = 4, time.Second
		d, sample, churn = 3*time.Second, 500*time.Millisecond, 500*time.Millisecond
	}
	b.server, _ = serve(t, dataFolder(t), "--history", soakHistory.String())
	fmt.Printf("%v: %d instances polled every %v, %d new records a poll; %d more, one of which goes every %v for another; history %v\n", d, b.instances, b.every,
		soakRecords, churned, churn, soakHistory)
	b.server.create(b.wish("server"), firstAccount("server"), b.instances)
	time.Sleep(b.every + time.Second) // everybody has polled once: what there is then is not told
	records := soakRecords
	b.shown("server", &records)
	b.shown("control", &records)
	ctx, stop := context.WithTimeout(t.Context(), d)
	defer stop()
	var churning sync.WaitGroup
	churning.Go(func() { b.churn(ctx, churn) })
	samples := b.watch(ctx, sample)
	churning.Wait()
	none := 0
	b.shown("server", &none)
	b.arrived("server")
	fmt.Print(verdict(samples))
}

// gauge is a figure of the server that should not grow.
type gauge struct {
	name string
	unit float64
	of   func(*bench, map[string]float64) float64
}

var gauges = []gauge{
	{"goroutines", 1, func(_ *bench, m map[string]float64) float64 { return m["go_goroutines"] }},
	{"heap goal MB", 1e6, func(_ *bench, m map[string]float64) float64 { return m["go_memstats_next_gc_bytes"] }}, // twice what lives
	{"RSS MB", 1e6, func(b *bench, _ map[string]float64) float64 { all, _ := b.server.memory(); return float64(all) }},
	{"anon MB", 1e6, func(b *bench, _ map[string]float64) float64 {
		_, anonymous := b.server.memory()
		return float64(anonymous)
	}},
	{"files", 1, func(_ *bench, m map[string]float64) float64 { return m["process_open_fds"] }},
	{"disk MB", 1e6, func(b *bench, _ map[string]float64) float64 { return float64(sizeOf(b.server.dir)) }},
}

// sample is all gauges at a moment.
type sample struct {
	at     time.Duration
	values []float64
}

// watch takes samples until ctx ends, and prints one a minute.
func (b *bench) watch(ctx context.Context, every time.Duration) (samples []sample) {
	began, printed := time.Now(), time.Duration(0)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return samples
		case <-tick.C:
		}
		metrics, err := b.server.metrics()
		if err != nil {
			b.t.Error(err)
			return samples
		}
		s := sample{at: time.Since(began)}
		for _, g := range gauges {
			s.values = append(s.values, g.of(b, metrics))
		}
		samples = append(samples, s)
		if s.at >= printed {
			fmt.Printf("%5.1f min %9d events%s\n", s.at.Minutes(), b.told("server", false).Events, s.text())
			printed += time.Minute
		}
	}
}

func (s sample) text() (line string) {
	for i, g := range gauges {
		line += fmt.Sprintf("  %s %s", g.name, short(s.values[i]/g.unit))
	}
	return line
}

// churn puts a new instance in the place of the oldest of a few, again and again. What these had still to tell goes with them.
func (b *bench) churn(ctx context.Context, every time.Duration) {
	first := firstAccount("control")
	ids := b.server.create(b.wish("control"), first, churned)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for next := first + churned; ; next++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := b.server.remove(ids[0])
		if err == nil {
			var id int64
			id, err = b.server.createOne(b.wish("control").body(next))
			ids = append(ids[1:], id)
		}
		if err != nil {
			b.t.Error(err)
			return
		}
	}
}

// metrics are those of /metrics without labels.
func (s *server) metrics() (map[string]float64, error) {
	status, text, err := s.call(http.MethodGet, "/metrics", nil)
	if err != nil || status != http.StatusOK {
		return nil, fmt.Errorf("GET /metrics: %d %v", status, err)
	}
	all := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		var value float64
		if _, err := fmt.Sscan(rest, &value); err == nil {
			all[name] = value
		}
	}
	return all, nil
}

// verdict tells the first and the last sample of each gauge, and how it grew in the last minutes.
func verdict(samples []sample) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\tfirst\tlast\tper 10 min at the end\t")
	last := samples[len(samples)-1].at
	for i, g := range gauges {
		var end []sample
		for _, s := range samples {
			if s.at >= last-soakLast && s.at >= last/3 { // a short run judges its last two thirds
				end = append(end, s)
			}
		}
		slope := growth(end, i)
		word := "met"
		if slope > soakSlope {
			word = "NOT MET"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%+.2f %%\t%s\n", g.name, short(samples[0].values[i]/g.unit), short(samples[len(samples)-1].values[i]/g.unit), slope, word)
	}
	_ = w.Flush() // into memory
	return text.String()
}

// growth is the slope of the straight line that is nearest to the samples, in percent of their mean in ten minutes.
func growth(samples []sample, gauge int) float64 {
	var x, y, xx, xy float64
	for _, s := range samples {
		at, value := s.at.Minutes()/10, s.values[gauge]
		x, y, xx, xy = x+at, y+value, xx+at*at, xy+at*value
	}
	n := float64(len(samples))
	if n*xx == x*x || y == 0 {
		return 0
	}
	return (n*xy - x*y) / (n*xx - x*x) / (y / n) * 100
}

// sizeOf is what a folder takes on the disk.
func sizeOf(dir string) (bytes int64) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if e.IsDir() {
			bytes += sizeOf(dir + "/" + e.Name())
		} else if info, err := e.Info(); err == nil {
			bytes += onDisk(info)
		}
	}
	return bytes
}
