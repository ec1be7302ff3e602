package benchmark

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/store/badgerstore"
)

const (
	inFlight   = 32 // requests: the sender's default for one host
	committers = 8
	backlog    = 20_000 // events that may wait
)

// bench is one batch size: a store that all rounds share, and who polls into it.
type bench struct {
	t          *testing.T
	sink       *sink
	dir        string
	batch      int
	history    time.Duration // of what was delivered and of its attempts; 0 = the defaults
	key        []byte
	secret     deliver.Secret
	records    []json.RawMessage
	pollers    []*poller // of the sender
	yardsticks []*poller
}

func newBench(t *testing.T, s *sink, batch int) *bench {
	t.Helper()
	dir, err := os.MkdirTemp(*folder, "pollwright-bench-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	key := sha256.Sum256([]byte("benchmark"))
	b := &bench{
		t: t, sink: s, dir: dir, batch: batch, key: key[:], records: contacts(),
		secret: deliver.Secret("whsec_" + base64.StdEncoding.EncodeToString(key[:])),
	}
	for i := range instances {
		b.pollers = append(b.pollers, newPoller(i, batch, b.records))
	}
	for i := range inFlight {
		b.yardsticks = append(b.yardsticks, newPoller(i, batch, b.records))
	}
	return b
}

// open is where the store is opened, as the server does it.
func (b *bench) open() *badgerstore.Store {
	b.t.Helper()
	c := badgerstore.Config{Dir: b.dir, Key: b.key, History: b.history, Sweep: b.history / 4}
	if *length > 0 {
		c.Logger = slog.New(slog.NewTextHandler(os.Stdout, nil)) // tells compactions
	}
	s, err := badgerstore.Open(c)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// close is where it is closed. Nothing may wait in it.
func (b *bench) close(s *badgerstore.Store) {
	b.t.Helper()
	left, err := s.Backlogs(context.Background())
	if err != nil || len(left) > 0 {
		b.t.Errorf("left over: %v, %v", left, err)
	}
	if err := s.Close(); err != nil {
		b.t.Error(err)
	}
}

// profiled writes a CPU profile of a run, if one is wanted.
func (b *bench) profiled(i int, run func() result) result {
	if *profile == "" {
		return run()
	}
	f, err := os.Create(filepath.Join(*profile, fmt.Sprintf("sender-batch%d-round%d.pprof", b.batch, i)))
	if err != nil {
		b.t.Fatal(err)
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		b.t.Fatal(err)
	}
	defer pprof.StopCPUProfile()
	return run()
}

// result is what one run did and cost.
type result struct {
	events, requests     int64
	took                 time.Duration
	cpu, sinkCPU         time.Duration
	allocated, mallocs   uint64
	rss, anonymous, heap int64
}

// measure is a run under way.
type measure struct {
	b      *bench
	start  time.Time
	cpu    time.Duration
	memory runtime.MemStats
	before counts
	events atomic.Int64
	result result
}

func (b *bench) begin() *measure {
	runtime.GC()
	m := &measure{b: b, before: b.sink.counts()}
	runtime.ReadMemStats(&m.memory)
	m.cpu, m.start = usedCPU(), time.Now()
	return m
}

// pause takes the time, and the memory while all is still there.
func (m *measure) pause() {
	m.result.took = time.Since(m.start)
	m.result.rss, m.result.anonymous = resident()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	m.result.heap = int64(now.HeapInuse)
	m.result.allocated, m.result.mallocs = now.TotalAlloc-m.memory.TotalAlloc, now.Mallocs-m.memory.Mallocs
}

// end takes the CPU. All that was sent must have arrived.
func (m *measure) end() result {
	m.b.t.Helper()
	r := &m.result
	r.cpu = usedCPU() - m.cpu
	seen := m.b.sink.counts().minus(m.before)
	r.events, r.requests, r.sinkCPU = m.events.Load(), seen.Requests, seen.CPU
	if seen.Events != r.events {
		m.b.t.Errorf("%d events were sent, %d arrived", r.events, seen.Events)
	}
	return *r
}
