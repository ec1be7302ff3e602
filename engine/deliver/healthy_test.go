package deliver

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/engine/store/memstore"
)

const (
	healthyLanes = 16
	healthyPace  = 5 * time.Millisecond // between two notifications of the healthy instance
	healthyRows  = 600                  // in a round
	hostilePace  = 20 * time.Millisecond
)

// BenchmarkHealthyBesideHostile tells how long a notification needs from the hand-over to its receiver, when that is alone and when all
// hostile receivers are sent to as well, at the default settings. Each round plays both, and what is told is the median of the rounds' p50
// and p99; run it with -benchtime=7x on a machine that has nothing else to do.
func BenchmarkHealthyBesideHostile(b *testing.B) {
	figures := map[string][]time.Duration{}
	for range b.N {
		for name, withHostile := range map[string]bool{"alone": false, "beside": true} {
			took := roundOfHealthy(b, withHostile)
			slices.Sort(took)
			figures[name+"-p50-ms"] = append(figures[name+"-p50-ms"], took[len(took)/2])
			figures[name+"-p99-ms"] = append(figures[name+"-p99-ms"], took[len(took)*99/100])
		}
	}
	for name, all := range figures {
		slices.Sort(all)
		b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, name)
	}
	b.ReportMetric(0, "ns/op")
}

// stopwatch takes the time of notifications by their id.
type stopwatch struct {
	mu    sync.Mutex
	begun map[string]time.Time
	took  []time.Duration
	all   chan struct{} // closed when healthyRows arrived
}

func (w *stopwatch) begin(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begun[id] = time.Now()
}

// ServeHTTP is the healthy receiver.
func (w *stopwatch) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	id := r.Header.Get("webhook-id")
	begun, known := w.begun[id]
	if !known {
		return
	}
	delete(w.begun, id)
	if w.took = append(w.took, now.Sub(begun)); len(w.took) == healthyRows {
		close(w.all)
	}
}

func roundOfHealthy(b *testing.B, withHostile bool) []time.Duration {
	watch := &stopwatch{begun: map[string]time.Time{}, all: make(chan struct{})}
	healthy := httptest.NewServer(watch)
	defer healthy.Close()
	stored, urls := memstore.New(nil), urlsOf{"healthy": healthy.URL}
	all := hostiles()
	for _, h := range all {
		urls[h.name] = h.listen(b)
	}
	s, err := New(Config{Store: stored, Targets: urls, Poster: newGuarded(b), Grace: -1})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = s.Run(ctx) })
	defer running.Wait()
	defer cancel()
	tick := time.NewTicker(healthyPace)
	defer tick.Stop()
	if withHostile {
		for _, h := range all {
			running.Go(func() { feed(ctx, b, s, stored, h.name) })
		}
		for s.Stats().InFlight < len(all)/2 { // until they are at it: half of them do not let go of a request soon
			<-tick.C
		}
	}
	for i := range healthyRows {
		<-tick.C
		id, lane := fmt.Sprint("healthy-", i), uint16(i%healthyLanes)
		watch.begin(id)
		s.Wake(store.Lane{Instance: "healthy", Number: lane}, put(b, stored, "healthy", lane, id))
	}
	select {
	case <-watch.all:
	case <-time.After(time.Minute):
		b.Fatal("not all arrived")
	}
	return watch.took
}

// feed gives a hostile receiver's 50 instances of 4 lanes something to do: a row for each lane at once, and then as many as it should get.
func feed(ctx context.Context, b *testing.B, s *Sender, stored store.Store, name string) {
	const instances, lanes = 50, 4
	tick := time.NewTicker(hostilePace)
	defer tick.Stop()
	for i := 0; ; i++ {
		if i >= instances*lanes {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
		instance, lane := fmt.Sprint(name, "/", i%instances), uint16(i/instances%lanes)
		s.Wake(store.Lane{Instance: instance, Number: lane}, put(b, stored, instance, lane, fmt.Sprint(instance, "-", i)))
	}
}
