package benchmark

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/beside"
)

// `make bench-delivery` and `make bench-outbox` set these.
var (
	rounds  = flag.Int("deliver.rounds", 0, "rounds of sender, yardstick and control; 0 = one short round")
	round   = flag.Duration("deliver.round", 4*time.Second, "how long each of them runs in a round")
	length  = flag.Duration("deliver.for", 0, "how long the outbox is filled and drained; 0 = less than a second")
	rate    = flag.Int("deliver.rate", 5000, "events a second of that; 0 = as fast as it goes")
	folder  = flag.String("deliver.dir", "", "where the store's folder is made; default: the system's folder for temporary files")
	profile = flag.String("deliver.profile", "", "folder for a CPU profile of each round of the sender")
)

// Nothing here runs beside another test: each would measure the other.
func TestMain(m *testing.M) {
	if role, _ := beside.Role(); role != "" {
		serveSink()
		return
	}
	os.Exit(m.Run())
}

// TestBenchDelivery is `make bench-delivery`; without flags one short round shows that it works.
func TestBenchDelivery(t *testing.T) {
	n, d, batches := *rounds, *round, []int{1, 10}
	if n == 0 {
		n, d, batches = 1, 150*time.Millisecond, []int{10}
	}
	sink := startSink(t)
	for _, batch := range batches {
		b := newBench(t, sink, batch)
		t.Logf("batch %d: %d instances of %d lanes, %d requests at once, records of %d bytes, %d changes a poll, %d rounds of %v",
			batch, instances, lanes, inFlight, len(b.records[0]), changesPerPoll, n, d)
		var sender, yardstick, control []result
		if *rounds > 0 {
			b.send(d, 0) // the first round finds an empty store and no connections
			b.post(d)
		}
		for i := range n {
			// Who goes first changes, so that none always follows the same one.
			runs := []func(){
				func() { sender = append(sender, b.profiled(i, func() result { return b.send(d, 0) })) },
				func() { yardstick = append(yardstick, b.post(d)) },
				func() { control = append(control, b.post(d)) },
			}
			for j := range runs {
				runs[(i+j)%len(runs)]()
			}
		}
		if *rounds > 0 {
			fmt.Print(table(batch, sender, yardstick, control))
		}
	}
}
