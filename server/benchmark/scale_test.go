//go:build unix

package benchmark

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	idlePolls = 100 // a second, whatever the number of instances
	settling  = 15 * time.Second
	looking   = 30 * time.Second
)

// TestBenchScale is `make bench-scale`; without flags a few instances show that it works.
func TestBenchScale(t *testing.T) {
	numbers, settle, look := []int{200}, 2*time.Second, 2*time.Second
	if *scale != "" {
		settle, look = settling, looking
		numbers = nil
		for text := range strings.SplitSeq(*scale, ",") {
			n, err := strconv.Atoi(text)
			if err != nil {
				t.Fatal(err)
			}
			numbers = append(numbers, n)
		}
	} else if testing.Short() {
		t.Skip("compiles the engine's tests, to fill a folder with instances")
	}
	b := newBench(t)
	fmt.Printf("%10s %9s %9s %8s %8s %8s %8s %9s %10s %9s %9s %9s\n", "instances", "ready s", "CPU s", "RSS MB", "anon MB", "later", "later", "B/inst.", "goroutines", "ms/poll",
		"lag p50", "lag p99")
	base := int64(0)
	for _, n := range numbers {
		r := b.scale(n, settle, look)
		if base == 0 {
			base = r.anonymous
		}
		fmt.Printf("%10d %9.1f %9.1f %8.0f %8.0f %8.0f %8.0f %9.0f %10.0f %9.2f %9v %9v\n", n, r.ready.Seconds(), r.startCPU.Seconds(), mega(r.rss), mega(r.anonymous),
			mega(r.laterRSS), mega(r.later), float64(r.anonymous-base)/float64(n), r.goroutines, milli(r.cpu)/float64(max(r.polls, 1)), r.p50, r.p99)
	}
}

// scaled is how a server with many instances fares.
type scaled struct {
	ready, startCPU time.Duration
	rss, anonymous  int64 // when it has got ready
	laterRSS, later int64 // the same, at the end
	goroutines      float64
	polls           int64
	cpu             time.Duration
	p50, p99        time.Duration
}

// scale fills a folder, starts the server on it, and looks at it for a time.
func (b *bench) scale(n int, settle, look time.Duration) (r scaled) {
	dir := dataFolder(b.t)
	defer func() { _ = os.RemoveAll(filepath.Dir(dir)) }() // the next is larger
	w := b.wish("server")
	w.every = max(time.Duration(n)*time.Second/idlePolls, time.Second)
	first, _ := serve(b.t, dir) // compiles the adapters
	first.stop()
	b.seed(dir, w, n)
	s, took := serve(b.t, dir)
	defer s.stop()
	r.ready, r.startCPU = took, s.cpu()
	r.rss, r.anonymous = s.memory()
	time.Sleep(settle)
	before, cpu, lags := b.shown("server", nil), s.cpu(), s.lags()
	time.Sleep(look)
	r.polls, r.cpu = b.shown("server", nil).Polls-before.Polls, s.cpu()-cpu
	r.p50, r.p99 = quantile(lags, s.lags(), 0.5), quantile(lags, s.lags(), 0.99)
	r.laterRSS, r.later = s.memory()
	metrics, err := s.metrics()
	if err != nil {
		b.t.Error(err)
	}
	r.goroutines = metrics["go_goroutines"]
	if r.polls == 0 || metrics["pollwright_resources_scheduled"] != float64(n) {
		b.t.Errorf("%d polls of %v resources, want some, of %d", r.polls, metrics["pollwright_resources_scheduled"], n)
	}
	return r
}

// seed has the engine's tests fill a folder: they know how instances are stored.
func (b *bench) seed(dir string, w wish, n int) {
	b.t.Helper()
	body := filepath.Join(b.t.TempDir(), "body.json")
	if err := os.WriteFile(body, w.body(firstAccount("server")), 0o600); err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.Command("go", "test", "-count=1", "-timeout=60m", "-run=^TestSeed$", "../../engine", "-seed.dir="+dir, "-seed.body="+body, fmt.Sprint("-seed.instances=", n))
	cmd.Env = append(os.Environ(), secrets...)
	if out, err := cmd.CombinedOutput(); err != nil {
		b.t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
}

// lags are the buckets of the time from coming due to the start of a poll: how many took at most so long.
func (s *server) lags() map[float64]float64 {
	all := map[float64]float64{}
	_, text, err := s.call(http.MethodGet, "/metrics", nil)
	if err != nil {
		s.t.Error(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, `pollwright_poll_lag_seconds_bucket{le="`); ok {
			bound, count, _ := strings.Cut(rest, `"} `)
			le, err := strconv.ParseFloat(bound, 64) // +Inf, too
			n, err2 := strconv.ParseFloat(strings.TrimSpace(count), 64)
			if err == nil && err2 == nil {
				all[le] = n
			}
		}
	}
	return all
}

// quantile is the bound of the bucket that a part of what came between two looks lies below.
func quantile(before, after map[float64]float64, part float64) time.Duration {
	total, best := 0.0, 0.0
	for le, n := range after {
		total = max(total, n-before[le])
	}
	for le, n := range after {
		if n-before[le] >= part*total && (best == 0 || le < best) {
			best = le
		}
	}
	return time.Duration(best * float64(time.Second))
}
