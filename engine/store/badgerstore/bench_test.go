package badgerstore

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// BenchmarkGroupCommit is the reason for the committer: 64 callers beside one, each commit synced and encrypted, like a poll that found
// a change (a record of 400 bytes, a notification of 1 KB, an entry). "ratio" is what the group gains.
func BenchmarkGroupCommit(b *testing.B) {
	s := setup(b, Config{Dir: b.TempDir()})
	alone := rate(b, s, 1, b.N)
	together := rate(b, s, 64, 32*b.N)
	b.ReportMetric(alone, "alone/s")
	b.ReportMetric(together, "together/s")
	b.ReportMetric(together/alone, "ratio")
}

var benchRun atomic.Int64 // names of each run are its own

// rate tells how many commits a second some callers get done.
func rate(b *testing.B, s *Store, callers, commits int) float64 {
	run := benchRun.Add(1)
	var left atomic.Int64
	left.Store(int64(commits))
	var all sync.WaitGroup
	start := time.Now()
	for i := range callers {
		name := fmt.Sprintf("instance/%d-%d", run, i)
		all.Go(func() {
			for v := store.Version(0); left.Add(-1) >= 0; v++ {
				if _, err := store.One(s.Commit(b.Context(), poll(name, v))); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return float64(commits) / time.Since(start).Seconds()
}

// poll is the change of one poll.
func poll(name string, v store.Version) store.Change {
	k := store.Key{Partition: store.PartitionOf(name), Name: name}
	text := make([]byte, 0, 1100)
	for i := 0; len(text) < 1000; i++ {
		text = fmt.Appendf(text, `{"id":"%d","at":"%d"},`, i*7919, v)
	}
	return store.Change{
		Puts: []store.Put{{Key: k, Expect: v, Value: text[:400], Index: []store.Term{{Name: "owner", Value: "17"}}}},
		Emit: []store.Notification{{Lane: store.Lane{Instance: name}, ID: "msg", Meta: text[:60], Payload: text}},
		Log:  []store.Entry{{Key: k, ID: fmt.Sprintf("%012d", v), Value: text[:100], Expires: time.Now().Add(time.Hour)}},
	}
}

// BenchmarkEmitAndDrop is what a delivered notification costs the store: b.N of 1 KB are emitted, a hundred in a commit, and dropped so, too.
func BenchmarkEmitAndDrop(b *testing.B) {
	c := newClock()
	s := setup(b, Config{Dir: b.TempDir(), Now: c.Now})
	emits := poll("instance/1", 0).Emit
	for b.Loop() {
		change := store.Change{}
		for i := range 100 {
			n := emits[0]
			n.Lane.Instance = fmt.Sprint(i)
			change.Emit = append(change.Emit, n)
		}
		var drops store.Change
		for i, seq := range commit(b, s, change).Seqs {
			drops.Drop = append(drops.Drop, store.Drop{Lane: change.Emit[i].Lane, Seq: seq})
		}
		commit(b, s, drops)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(100*b.N), "µs/notification")
}

// BenchmarkSweep sweeps a hundred old notifications in each of a thousand instances, beside as many that are young.
func BenchmarkSweep(b *testing.B) {
	const instances, each = 1000, 100
	c := newClock()
	s := setup(b, Config{Dir: b.TempDir(), Now: c.Now})
	text := poll("instance/1", 0).Emit[0].Payload
	write := func() {
		for range each {
			var emits, drops store.Change
			for i := range instances {
				emits.Emit = append(emits.Emit, store.Notification{Lane: store.Lane{Instance: fmt.Sprintf("instance-%d", i)}, ID: "msg", Payload: text})
			}
			for i, seq := range commit(b, s, emits).Seqs {
				drops.Drop = append(drops.Drop, store.Drop{Lane: emits.Emit[i].Lane, Seq: seq})
			}
			commit(b, s, drops)
		}
	}
	write()
	var nothing time.Duration
	for b.Loop() {
		b.StopTimer()
		c.move(8 * day)
		write()
		b.StartTimer()
		if gone, err := s.sweep(b.Context()); err != nil || gone != instances*each {
			b.Fatalf("%d are gone, %v", gone, err)
		}
		b.StopTimer()
		start := time.Now()
		if gone, err := s.sweep(b.Context()); err != nil || gone != 0 {
			b.Fatalf("%d are gone, %v", gone, err)
		}
		nothing += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(float64(nothing.Milliseconds())/float64(b.N), "ms/sweep-of-nothing")
}
