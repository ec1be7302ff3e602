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
	"time"

	"github.com/pollwright/pollwright/engine/beside"
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
	d, sample, churn := *length, time.Second, churnEvery
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
	{"heap in use MB", 1e6, func(_ *bench, m map[string]float64) float64 { return m["go_memstats_heap_inuse_bytes"] }},
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
		line += fmt.Sprintf("  %s %s", g.name, beside.Short(s.values[i]/g.unit))
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
