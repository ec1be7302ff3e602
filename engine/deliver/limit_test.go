package deliver

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// counter counts the requests under way to each host.
type counter struct{ now, most, all map[string]int }

// count plays a callback that takes so long, and counts.
func (w *world) count(takes func(host string) time.Duration) *counter {
	c := &counter{map[string]int{}, map[string]int{}, map[string]int{}}
	w.answer = func(ctx context.Context, p post) (Answer, error) {
		host := hostOf(p.url)
		w.set(func() { c.now[host]++; c.all[host]++; c.most[host] = max(c.most[host], c.now[host]) })
		defer w.set(func() { c.now[host]-- })
		select {
		case <-time.After(takes(host)):
			return Answer{Status: 200}, nil
		case <-ctx.Done():
			return Answer{}, ctx.Err()
		}
	}
	return c
}

// share lets all instances whose name begins with "shared" have their callback at one host.
func (w *world) share(change func(instance string, t *Target)) {
	w.target = func(instance string) (Target, error) {
		t := Target{URL: "https://" + instance + ".example/", Enabled: true}
		if strings.HasPrefix(instance, "shared") {
			t.URL = "https://Shared.example:443/" + instance
		}
		if change != nil {
			change(instance, &t)
		}
		return t, nil
	}
}

func (w *world) emitMany(prefix string, instances, rows int) {
	for i := range instances {
		name := fmt.Sprintf("%s%04d", prefix, i)
		w.emit(name, names(name, rows)...)
	}
}

// spent checks that nothing is left of limits, and that none of what they counted is missing.
func (w *world) spent(s *Sender) {
	w.t.Helper()
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	if n, alarms := len(s.queue.limits), len(s.queue.clock); n != 0 || alarms != 0 || s.queue.taken != 0 {
		w.t.Errorf("with nothing waiting %d limits and %d alarms are kept, %d workers taken", n, alarms, s.queue.taken)
	}
}

func TestHostHoldsOnlyItsWorkers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.share(nil)
		w.emitMany("shared", 1000, 1)
		seen := w.count(func(host string) time.Duration {
			if host == "shared.example" {
				return time.Hour
			}
			return 0
		})
		s := w.sender(func(c *Config) { c.Workers, c.HostWorkers = 9, 4 })
		stop := w.run(s)
		synctest.Wait()
		begin := time.Now()
		for i := range 20 {
			name := fmt.Sprint("live", i)
			s.Wake(store.Lane{Instance: name}, w.emit(name, names(name, 50)...))
		}
		synctest.Wait()
		if got := s.Stats(); time.Since(begin) != 0 || got.Waiting != 1000 || got.InFlight != 4 || got.Waits[WaitLimited].Waiting != 996 {
			t.Errorf("after %v: %+v", time.Since(begin), got)
		}
		time.Sleep(62*time.Minute + 30*time.Second)
		synctest.Wait()
		if seen.most["shared.example"] != 4 || len(w.ids()) < 1000+1000 {
			t.Errorf("%d at once, %d posts; each lane should have had its turn", seen.most["shared.example"], len(w.ids()))
		}
		begin = time.Now()
		stop()
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("stopping took %v", took)
		}
	})
}

func TestHangingHostsLeaveWorkersToOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.target = func(instance string) (Target, error) {
			host, _, _ := strings.Cut(instance, ".")
			return Target{URL: "https://" + host + "/", Enabled: true}, nil
		}
		const hosts = 9
		for host := range hosts {
			w.emitMany(fmt.Sprint("hung", host, "."), 30, 1)
		}
		seen := w.count(func(host string) time.Duration {
			if strings.HasPrefix(host, "hung") {
				return time.Hour
			}
			return 0
		})
		s := w.sender(func(c *Config) { c.Workers, c.HostWorkers = 40, 10 })
		stop := w.run(s)
		synctest.Wait()
		begin := time.Now()
		s.Wake(store.Lane{Instance: "live"}, w.emit("live", names("live", 100)...))
		synctest.Wait()
		if left := w.waiting("live"); len(left) != 0 || time.Since(begin) != 0 {
			t.Errorf("%d rows of the healthy instance wait: %+v", len(left), s.Stats())
		}
		time.Sleep(30 * time.Minute)
		synctest.Wait()
		for host := range hosts {
			if name := fmt.Sprint("hung", host); seen.most[name] > 10 || seen.all[name] < 30 {
				t.Errorf("%s: %d at once, %d in all", name, seen.most[name], seen.all[name])
			}
		}
		stop()
	})
}

func TestHostIsKeptBusyOldestFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.share(nil)
		w.emitMany("shared", 100, 3)
		w.count(func(string) time.Duration { return 10 * time.Second })
		s := w.sender(func(c *Config) { c.HostWorkers = 4 })
		begin := time.Now()
		stop := w.run(s)
		synctest.Wait()
		for s.Stats().Waiting > 0 {
			time.Sleep(time.Second)
			synctest.Wait()
		}
		if took := time.Since(begin); took != 300/4*10*time.Second {
			t.Errorf("it took %v; 4 at once of 300 need %v", took, 300/4*10*time.Second)
		}
		rounds := map[string]int{}
		for i, id := range w.ids() {
			instance, _, _ := strings.Cut(id, "-")
			if rounds[instance]++; rounds[instance] != i/100+1 {
				t.Errorf("post %d is number %d of %s; each waits for its turn", i, rounds[instance], instance)
			}
		}
		w.spent(s)
		stop()
	})
}

func TestInstancesTakeTurns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Config)
		host   string // of the other one
		posts  int    // a second
	}{
		"for a worker": {func(c *Config) { c.Workers = 1 }, "small.example", 1},
		"at a host":    {func(c *Config) { c.Workers, c.HostWorkers = 100, 4 }, "shared.example", 4},
		"at a rate":    {func(c *Config) { c.Workers, c.HostWorkers, c.HostRate = 100, 100, 4 }, "shared.example", 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				src := source()
				src.Lanes, src.Batch = 64, 1
				w.tell(nil, src, contacts(900)...)
				w.target = func(instance string) (Target, error) {
					if instance == "small" {
						return Target{URL: "https://" + c.host, Enabled: true}, nil
					}
					return Target{URL: "https://shared.example/", Enabled: true}, nil
				}
				w.emit("small", names("small", 20)...)
				w.count(func(string) time.Duration { return time.Second })
				stop := w.run(w.sender(c.change))
				time.Sleep(45 * time.Second)
				synctest.Wait()
				if left := w.waiting("small"); len(left) != 0 {
					t.Errorf("after 45 s %d of 20 rows wait behind those of an instance with 64 lanes", len(left))
				}
				if n := len(w.ids()); n < c.posts*44 {
					t.Errorf("%d posts in 45 s, %d a second are allowed", n, c.posts)
				}
				stop()
			})
		})
	}
}

func TestRatesAreKept(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		host, instance float64
		takes          time.Duration // for 2 instances of 4 lanes with 20 rows each, all at one host
	}{
		"none":                   {takes: 0},
		"host":                   {host: 5, takes: 31 * time.Second},
		"slow host":              {host: 0.5, takes: 318 * time.Second},
		"instance":               {instance: 4, takes: 19 * time.Second},
		"both, the host slower":  {host: 5, instance: 50, takes: 31 * time.Second},
		"both, the host quicker": {host: 50, instance: 4, takes: 19 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.share(func(_ string, target *Target) { target.Rate = c.instance })
				for i := range 2 {
					for lane := range uint16(4) {
						w.onLane(fmt.Sprint("shared", i), lane, 20)
					}
				}
				s := w.sender(func(cfg *Config) { cfg.HostRate = c.host; cfg.HostWorkers = 100 })
				begin := time.Now()
				stop := w.run(s)
				synctest.Wait()
				for s.Stats().Waiting > 0 {
					s.queue.mu.Lock()
					alarms := len(s.queue.clock)
					s.queue.mu.Unlock()
					if alarms > 3 {
						t.Fatalf("%d alarms; each limit needs one", alarms)
					}
					time.Sleep(time.Second / 10)
					synctest.Wait()
				}
				if took := time.Since(begin); took != c.takes {
					t.Errorf("it took %v, want %v", took, c.takes)
				}
				w.within(c.host, "")
				w.within(c.instance, "shared0")
				w.within(c.instance, "shared1")
				time.Sleep(2 * time.Second)
				synctest.Wait()
				w.spent(s)
				stop()
			})
		})
	}
}

// onLane stores rows in a lane of an instance.
func (w *world) onLane(instance string, lane uint16, rows int) {
	w.t.Helper()
	var all []store.Notification
	for _, id := range names(fmt.Sprint(instance, "/", lane), rows) {
		all = append(all, store.Notification{Lane: store.Lane{Instance: instance, Number: lane}, ID: id, Meta: Meta{Formed: time.Now()}.encode(), Payload: []byte("{}")})
	}
	if _, err := store.One(w.store.Store.Commit(w.t.Context(), store.Change{Emit: all})); err != nil {
		w.t.Fatal(err)
	}
}

// within holds the posts whose id begins with prefix against a rate.
func (w *world) within(rate float64, prefix string) {
	w.t.Helper()
	if rate == 0 {
		return
	}
	var at []time.Time
	for _, p := range w.posts {
		if strings.HasPrefix(p.id, prefix) {
			at = append(at, p.at)
		}
	}
	for i := range at {
		for j := i; j < len(at); j++ {
			if span := at[j].Sub(at[i]).Seconds(); float64(j-i+1) > max(1, rate)+rate*span+1e-6 {
				w.t.Fatalf("%d posts of %q within %v s at a rate of %v", j-i+1, prefix, span, rate)
			}
		}
	}
}

// A lane without rows is forgotten; what it sent still counts.
func TestRateOutlivesItsLane(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.share(func(_ string, target *Target) { target.Rate = 0.5 })
		s := w.sender(nil)
		stop := w.run(s)
		for i := range 40 {
			s.Wake(store.Lane{Instance: "7"}, w.emit("7", fmt.Sprint("n", i)))
			time.Sleep(100 * time.Millisecond)
			if i == 0 && s.Stats() != (Stats{}) {
				t.Error("the lane is not forgotten")
			}
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		at := []time.Time{}
		for _, p := range w.posts {
			at = append(at, p.at)
		}
		for i := 1; i < len(at); i++ {
			if wait := at[i].Sub(at[i-1]); wait != 2*time.Second {
				t.Errorf("%v between two, want 2 s", wait)
			}
		}
		if len(at) != 40 {
			t.Errorf("%d posts", len(at))
		}
		w.spent(s)
		stop()
	})
}

func TestLanesOverTheirRateHoldNoWorker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.share(func(instance string, target *Target) {
			if strings.HasPrefix(instance, "shared") {
				target.Rate = 0.01
			}
		})
		w.emitMany("shared", 200, 5)
		s := w.sender(func(c *Config) { c.Workers = 1 })
		stop := w.run(s)
		synctest.Wait()
		begin := time.Now()
		s.Wake(store.Lane{Instance: "live"}, w.emit("live", names("live", 100)...))
		synctest.Wait()
		if left := w.waiting("live"); len(left) != 0 || time.Since(begin) != 0 {
			t.Errorf("%d rows of an instance without a rate wait after %v", len(left), time.Since(begin))
		}
		if got := s.Stats(); got.Waits[WaitLimited].Waiting != 800 || got.Waiting != 800 {
			t.Errorf("%+v", got)
		}
		stop()
	})
}

func TestRefreshTakesLanesOutOfLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before, after Target
	}{
		"another host":   {Target{URL: "https://shared.example/"}, Target{URL: "https://other.example/"}},
		"without a rate": {Target{URL: "https://other.example/", Rate: 0.001}, Target{URL: "https://other.example/"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				moved := false
				w.share(func(instance string, target *Target) {
					if instance != "mover" {
						return
					}
					w.set(func() {
						if *target = c.before; moved {
							*target = c.after
						}
					})
					target.Enabled = true
				})
				w.emitMany("shared", 50, 1)
				w.count(func(host string) time.Duration {
					if host == "shared.example" {
						return time.Hour
					}
					return 0
				})
				s := w.sender(func(c *Config) { c.HostWorkers = 4 })
				stop := w.run(s)
				synctest.Wait()
				s.Wake(store.Lane{Instance: "mover"}, w.emit("mover", names("mover", 3)...))
				synctest.Wait()
				if got := s.Stats().Waits[WaitLimited].Waiting; got != 46+len(w.waiting("mover")) || len(w.waiting("mover")) == 0 {
					t.Fatalf("%d rows in line", got)
				}
				w.set(func() { moved = true })
				begin := time.Now()
				s.Refresh("mover")
				synctest.Wait()
				if left := w.waiting("mover"); len(left) != 0 || time.Since(begin) != 0 {
					t.Errorf("%d rows wait %v after the change", len(left), time.Since(begin))
				}
				stop()
			})
		})
	}
}

func TestPauseAndResumeInLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		paused := false
		w.share(func(_ string, target *Target) { w.set(func() { target.Paused = paused }) })
		for lane := range uint16(20) {
			w.onLane("shared", lane, 2)
		}
		w.answer = func(context.Context, post) (Answer, error) {
			time.Sleep(time.Second)
			return Answer{Status: 410}, nil
		}
		s := w.sender(func(c *Config) {
			c.HostWorkers = 2
			c.OnPause = func(context.Context, Pause) error { w.set(func() { paused = true }); return nil }
		})
		stop := w.run(s)
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := s.Stats(); got.Waits[WaitPaused].Waiting != 40 || got.InFlight != 0 || len(w.ids()) != 2 {
			t.Errorf("%d posts, %+v", len(w.ids()), got)
		}
		w.spent(s)
		w.set(func() { paused, w.answer = false, nil })
		s.Resume("shared")
		synctest.Wait()
		if got := s.Stats(); got != (Stats{}) {
			t.Errorf("after it was resumed: %+v", got)
		}
		w.spent(s)
		stop()
	})
}

func TestDeadCallbackInLineHasOneProbe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.share(nil)
		for lane := range uint16(20) {
			w.onLane("shared-dead", lane, 2)
		}
		w.emitMany("shared", 8, 1)
		flying, most := 0, 0
		w.answer = func(_ context.Context, p post) (Answer, error) {
			if !strings.HasPrefix(p.id, "shared-dead") {
				time.Sleep(5 * time.Second)
				return Answer{Status: 200}, nil
			}
			w.set(func() { flying++; most = max(most, flying) })
			defer w.set(func() { flying-- })
			time.Sleep(time.Second)
			return Answer{}, errDown
		}
		s := w.sender(func(c *Config) { c.HostWorkers = 2 })
		stop := w.run(s)
		time.Sleep(time.Minute)
		synctest.Wait()
		w.set(func() { most = 0 })
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := s.Stats(); most != 1 || got.Waits[WaitBackoff].Waiting+got.Waits[WaitSending].Waiting != 40 || got.Waiting != 40 {
			t.Errorf("%d probes at once, %+v", most, got)
		}
		w.set(func() { w.answer = nil })
		time.Sleep(6 * time.Minute)
		synctest.Wait()
		if got := s.Stats(); got != (Stats{}) {
			t.Errorf("after it is up: %+v", got)
		}
		w.spent(s)
		stop()
	})
}

func TestIdleHostsAreForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		const hosts = 10_000
		var rows []store.Notification
		for i := range hosts {
			rows = append(rows, store.Notification{Lane: store.Lane{Instance: fmt.Sprint("i", i)}, ID: fmt.Sprint(i), Payload: []byte("{}")})
		}
		for part := range slices.Chunk(rows, 1000) {
			if _, err := store.One(w.store.Store.Commit(t.Context(), store.Change{Emit: part})); err != nil {
				t.Fatal(err)
			}
		}
		quick := &quickPoster{ids: map[string][]string{}}
		s := w.sender(func(c *Config) { c.Poster, c.HostRate = quick, 10 })
		stop := w.run(s)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(quick.ids) != hosts {
			t.Errorf("%d posts", len(quick.ids))
		}
		w.spent(s)
		stop()
	})
}
