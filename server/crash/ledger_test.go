package crash

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// `make crash` sets these. A seed gives the same moments, as far as a process can be repeated.
var (
	kills = flag.Int("crash.kills", 4, "how often TestLedger kills the program")
	seed  = flag.Uint64("crash.seed", 20260609, "makes the moments of the kills; 0 = a random one")
)

// emptyEvery is after how many kills a log file of no length lies in the folder, as a kill can leave one.
const emptyEvery = 10

// TestLedger kills the program and prints what that did.
func TestLedger(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a program for some time")
	}
	t.Parallel()
	w := newWorld(t)
	w.contents = everyContents()
	w.seed()
	w.start()
	w.create()
	w.watched()
	c := &crash{world: w, rng: rand.New(rand.NewPCG(*seed, 1)), user: newUser(w, rand.New(rand.NewPCG(*seed, 3)))}
	l := &ledger{crash: c}
	work, stop := context.WithCancel(t.Context())
	var working sync.WaitGroup
	working.Go(func() { w.churn(work, rand.New(rand.NewPCG(*seed, 4))) })
	working.Go(func() { c.user.work(work) })
	var turn []moment
	for n := 1; n <= *kills && !t.Failed(); n++ {
		if len(turn) == 0 {
			turn = slices.Clone(moments)
			c.rng.Shuffle(len(turn), func(i, k int) { turn[i], turn[k] = turn[k], turn[i] })
		}
		if n > 1 {
			w.start()
		}
		l.kill(n, turn[0])
		turn = turn[1:]
	}
	if !t.Failed() {
		w.start()
	}
	stop()
	working.Wait()
	if !t.Failed() {
		w.drain(c.user)
	} else if err := os.CopyFS(filepath.Join(t.ArtifactDir(), "data"), os.DirFS(w.data())); err != nil { // kept with -artifacts
		t.Log(err)
	}
	l.total()
}

// drain lets the last run deliver what is left.
func (w *world) drain(u *user) {
	deadline := time.Now().Add(patience)
	for len(w.left()) > 0 && time.Now().Before(deadline) {
		u.look(w.t.Context(), 1<<30)
		pause(50 * time.Millisecond)
	}
}

// left are the versions that are to come.
func (w *world) left() []key {
	if err := w.account.update(); err != nil {
		w.t.Fatal(err)
	}
	return w.account.missing()
}

// ledger prints a line for each kill.
type ledger struct {
	*crash
	recoveries    []time.Duration
	found, placed int      // log files of no length
	hits          []string // moments
	gone          int      // kills that came just after a stop had ended
}

func (l *ledger) kill(n int, m moment) {
	l.t.Helper()
	if err := m.wait(l.crash); err != nil {
		l.t.Errorf("kill %d, moment %q: %v\n%s", n, m.name, err, l.program.said())
	}
	killed := l.world.kill()
	lived := time.Since(l.program.began)
	remark := l.empties(n)
	if l.hits = append(l.hits, m.name); !killed {
		l.gone++
		remark += "  had just stopped"
	}
	recovered := "       -"
	if ready := time.Duration(l.program.ready.Load()); ready > 0 {
		l.recoveries = append(l.recoveries, ready)
		recovered = fmt.Sprintf("%6d ms", ready.Milliseconds())
	}
	if err := l.account.update(); err != nil {
		l.t.Error(err)
	}
	s := l.account.sum()
	changes, lost, _ := l.user.sum()
	fmt.Printf("kill %4d  %-15s  after %6d ms  ready in %s  produced %6d  delivered %6d  repeated %4d (in flight %4d)  wrong order %d  changes %5d (lost %d)%s\n",
		n, m.name, lived.Milliseconds(), recovered, s.produced, s.delivered, s.repeated, s.inFlight, s.disorder, changes, len(lost), remark)
}

// empties counts the log files of no length that the kill left, and makes one now and then.
func (l *ledger) empties(n int) (remark string) {
	store := filepath.Join(l.data(), "store")
	logs, _ := filepath.Glob(filepath.Join(store, "*.mem"))
	more, _ := filepath.Glob(filepath.Join(store, "*.vlog"))
	next := 1
	for _, name := range append(logs, more...) {
		if info, err := os.Stat(name); err == nil && info.Size() == 0 {
			l.found++
			remark = "  an empty log was left"
		}
		var number int
		if _, err := fmt.Sscanf(filepath.Base(name), "%d.mem", &number); err == nil {
			next = max(next, number+1)
		}
	}
	if n%emptyEvery == 0 && remark == "" {
		if err := os.WriteFile(filepath.Join(store, fmt.Sprintf("%05d.mem", next)), nil, 0o600); err != nil {
			l.t.Error(err)
		}
		l.placed++
		remark = "  an empty log was placed"
	}
	return remark
}

// total prints the sum and holds it against the promise.
func (l *ledger) total() {
	l.t.Helper()
	lost, s := l.account.missing(), l.account.sum()
	changes, lostChanges, consents := l.user.sum()
	slices.Sort(l.recoveries)
	fmt.Printf("total: %d kills (%s; %d just after a stop): produced %d (%d by content, of which %d deletions; %d updates without a change, %d vanished from one scan), delivered %d, lost %d, repeated %d (in flight %d, answered at most %v before the kill), wrong order %d, "+
		"refused on purpose %d, changes %d (lost %d), authorized again %d, empty logs %d left and %d placed, recovery p50 %v, max %v, seed %d\n",
		len(l.hits), tally(l.hits), l.gone, s.produced, s.byContent, s.deleted, s.unchanged, l.vanished(), s.delivered, len(lost), s.repeated, s.inFlight, s.latest.Round(time.Millisecond), s.disorder,
		s.refused, changes, len(lostChanges), consents, l.found, l.placed, quantile(l.recoveries, 0.5), quantile(l.recoveries, 1), *seed)
	if least := 3 * len(l.hits); s.produced < least || changes < len(l.hits)/4 {
		l.t.Errorf("%d versions and %d changes: the test saw too little", s.produced, changes)
	}
	if s.byContent < 2*len(l.hits) || len(l.hits) > 20 && min(s.deleted, s.unchanged) < len(l.hits)/4 {
		l.t.Errorf("%d versions by content, %d deletions and %d updates without a change: the test saw too little", s.byContent, s.deleted, s.unchanged)
	}
	if len(lost) > 0 {
		l.t.Errorf("lost: %v\n%s", lost[:min(len(lost), 10)], l.program.said())
	}
	for _, text := range append(s.wrong, lostChanges...) {
		l.t.Error(text)
	}
}

// tally counts the moments.
func tally(names []string) string {
	var parts []string
	for _, m := range moments {
		n := 0
		for _, name := range names {
			if name == m.name {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprint(m.name, " ", n))
		}
	}
	return strings.Join(parts, ", ")
}

// quantile of sorted durations.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(q*float64(len(sorted)-1))].Round(time.Millisecond)
}
