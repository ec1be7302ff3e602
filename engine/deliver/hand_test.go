package deliver

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/store"
)

// commit stores rows of an instance and returns what Sender.Take wants.
func (w *world) commit(instance string, ids ...string) ([]store.Notification, []store.Seq) {
	w.t.Helper()
	rows := make([]store.Notification, len(ids))
	for i, id := range ids {
		meta := Meta{Events: 1, Resource: "contacts", Formed: time.Now()}
		rows[i] = store.Notification{
			Lane: store.Lane{Instance: instance}, ID: id, Events: 1, Meta: meta.encode(), Payload: []byte(`"` + id + `"`),
		}
	}
	out, err := store.One(w.store.Store.Commit(w.t.Context(), store.Change{Emit: rows}))
	if err != nil {
		w.t.Fatal(err)
	}
	return rows, out.Seqs
}

// held lets callbacks answer only when they are let go, and says how.
func (w *world) held() (letGo func()) {
	hold := make(chan struct{})
	w.set(func() {
		w.answer = func(context.Context, post) (Answer, error) { <-hold; return Answer{Status: 200}, nil }
	})
	return func() { close(hold) }
}

func (q *queue) bytes() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.cached
}

// sent checks what was posted, and that nothing is left anywhere.
func (w *world) sent(s *Sender, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.ids()); diff != "" {
		w.t.Error(diff)
	}
	for _, p := range w.posts {
		if p.body != `"`+p.id+`"` {
			w.t.Errorf("%s was sent as %s", p.id, p.body)
		}
	}
	if left := w.waiting("7"); len(left) > 0 || s.Stats() != (Stats{}) || len(s.queue.lanes) != 0 || s.queue.cached != 0 {
		w.t.Errorf("left over: %v, %+v, %d lanes, %d bytes", left, s.Stats(), len(s.queue.lanes), s.queue.cached)
	}
	if load, _ := s.Backlog("7"); load != (Load{}) {
		w.t.Errorf("%+v is counted as waiting", load)
	}
}

func TestSendsWhatItWasHandedWithoutReading(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		letGo := w.held()
		s := w.sender(nil)
		stop := w.run(s)
		synctest.Wait()
		s.Take(w.commit("7", "n1", "n2"))
		synctest.Wait() // n1 is under way
		s.Take(w.commit("7", "n3"))
		letGo()
		synctest.Wait()
		w.sent(s, "n1", "n2", "n3")
		if reads := w.store.readsOf("7"); len(reads) != 0 {
			t.Errorf("the outbox was read behind %v", reads)
		}
		stop()
	})
}

// TestHandedRowsWaitForEarlierOnes: what is in the store and was not read goes first.
func TestHandedRowsWaitForEarlierOnes(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(w *world, s *Sender) (stop func()){
		"an earlier process's": func(w *world, s *Sender) func() {
			w.commit("7", "n1")
			return w.run(s)
		},
		"handed before the start": func(w *world, s *Sender) func() {
			w.commit("7", "n1")
			s.Take(w.commit("7", "n2"))
			return w.run(s)
		},
		"of an unknown outcome": func(w *world, s *Sender) func() {
			stop := w.run(s)
			synctest.Wait()
			rows, _ := w.commit("7", "n1")
			s.Take(rows, nil)
			return stop
		},
		"woken without contents": func(w *world, s *Sender) func() {
			stop := w.run(s)
			synctest.Wait()
			_, seqs := w.commit("7", "n1")
			s.Wake(store.Lane{Instance: "7"}, seqs)
			return stop
		},
		"not read for a disk's trouble": func(w *world, s *Sender) func() {
			stop := w.run(s)
			synctest.Wait()
			failed := false
			w.store.set(func() {
				w.store.read = func(store.Lane, store.Seq, int) error {
					if failed {
						return nil
					}
					failed = true
					return errDisk
				}
			})
			_, seqs := w.commit("7", "n1")
			s.Wake(store.Lane{Instance: "7"}, seqs)
			synctest.Wait()
			return stop
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				s := w.sender(nil)
				stop := before(w, s)
				s.Take(w.commit("7", "n8", "n9"))
				time.Sleep(time.Hour)
				synctest.Wait()
				want := []string{"n1", "n8", "n9"}
				if name == "handed before the start" {
					want = []string{"n1", "n2", "n8", "n9"}
				}
				w.sent(s, want...)
				stop()
			})
		})
	}
}

// TestAWakeThatComesLateFindsItsRows: rows of another resource lie between those that were handed over.
func TestAWakeThatComesLateFindsItsRows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		letGo := w.held()
		s := w.sender(nil)
		stop := w.run(s)
		synctest.Wait()
		s.Take(w.commit("7", "n1"))
		synctest.Wait()
		late, lateSeqs := w.commit("7", "n2")
		s.Take(w.commit("7", "n3"))
		s.Take(late, lateSeqs)
		s.Take(w.commit("7", "n4")) // the lane is about to read: this is not to go before n2 and n3
		letGo()
		synctest.Wait()
		w.sent(s, "n1", "n2", "n3", "n4")
		s.Take(late, nil) // as if nobody had known
		synctest.Wait()
		w.sent(s, "n1", "n2", "n3", "n4")
		stop()
	})
}

// TestHandedRowsThatComeDuringARead are not lost, and nothing passes what is being read.
func TestHandedRowsThatComeDuringARead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		s := w.sender(nil)
		stop := w.run(s)
		synctest.Wait()
		reads := 0
		w.store.set(func() {
			w.store.read = func(store.Lane, store.Seq, int) error {
				if reads++; reads == 1 {
					s.Take(w.commit("7", "n2"))
					return errDisk
				}
				if reads == 2 {
					s.Take(w.commit("7", "n3"))
				}
				return nil
			}
		})
		_, seqs := w.commit("7", "n1")
		s.Wake(store.Lane{Instance: "7"}, seqs)
		time.Sleep(time.Hour)
		synctest.Wait()
		w.sent(s, "n1", "n2", "n3")
		stop()
	})
}

// TestHandedRowsAreRefusedAndSentAgain: a row that was refused is read from the store, with those behind it.
func TestHandedRowsAreRefusedAndSentAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.script("n1", Answer{Status: 422}, Answer{Status: 503})
		s := w.sender(nil)
		stop := w.run(s)
		synctest.Wait()
		s.Take(w.commit("7", "n1", "n2"))
		synctest.Wait()
		if n := s.queue.bytes(); n != 0 {
			t.Errorf("a lane in trouble keeps %d bytes", n)
		}
		s.Take(w.commit("7", "n3"))
		if n := s.queue.bytes(); n != 0 {
			t.Errorf("a lane in trouble took %d bytes", n)
		}
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		w.sent(s, "n1", "n1", "n1", "n2", "n3")
		stop()
	})
}

// TestHandedRowsOfADeletedInstance are dropped with those that come while the worker looks.
func TestHandedRowsOfADeletedInstance(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var s *Sender
		asked := 0
		w.target = func(string) (Target, error) {
			if asked++; asked == 1 {
				s.Take(w.commit("7", "n3"))
			}
			return Target{}, ErrGone
		}
		s = w.sender(nil)
		stop := w.run(s)
		synctest.Wait()
		s.Take(w.commit("7", "n1", "n2"))
		synctest.Wait()
		w.sent(s, []string{}...)
		stop()
	})
}

func TestHandedRowsStayWithinTheCache(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ limit, rows, most int }{
		"half of the cache":    {100, 30, 50},
		"a row above all":      {7, 3, 0},
		"no more than so many": {1 << 20, 2 * handRows, handRows * len(`"n-00000"`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				letGo := w.held()
				s := w.sender(func(cfg *Config) { cfg.CacheBytes, cfg.Workers = c.limit, 1 })
				stop := w.run(s)
				synctest.Wait()
				s.Take(w.commit("6", "other")) // keeps the one worker
				synctest.Wait()
				ids := names("n", c.rows)
				s.Take(w.commit("7", ids...))
				if got := s.queue.bytes() - len(`"other"`); c.limit > 100 && got != c.most || got > c.most {
					t.Errorf("%d bytes are kept, want at most %d", got, c.most)
				}
				letGo()
				synctest.Wait()
				w.sent(s, append([]string{"other"}, ids...)...)
				stop()
			})
		})
	}
}

// TestWhatIsReadIsNotReadAgain: lanes that read at the same time, or stand in line at one host, ask for no more than there is room for.
func TestWhatIsReadIsNotReadAgain(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"a host each": "https://%s.example/", "one host": "https://example/%s"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				const lanes, rows = 20, 30
				for i := range lanes {
					w.emit(fmt.Sprint(i), names("n", rows)...)
				}
				w.target = func(instance string) (Target, error) {
					return Target{URL: fmt.Sprintf(url, instance), Enabled: true}, nil
				}
				w.answer = func(context.Context, post) (Answer, error) {
					time.Sleep(time.Second)
					return Answer{Status: 200}, nil
				}
				s := w.sender(func(cfg *Config) { cfg.CacheBytes, cfg.HostWorkers = 40*len(`"n-00000"`), 4 })
				stop := w.run(s)
				time.Sleep(time.Hour)
				stop()
				if sent := len(w.ids()); sent != lanes*rows || w.store.rows > sent+lanes {
					t.Errorf("%d rows were sent and %d read, want %d, and each lane's first one twice at most", sent, w.store.rows, lanes*rows)
				}
				if s.queue.reserved != 0 {
					t.Errorf("%d bytes are kept for what nobody reads", s.queue.reserved)
				}
			})
		})
	}
}

// TestMemoryCrowdedByAnInstanceHoldsItsPolls, and no others: not those of one for which nothing waits, nor of one whose callback is in trouble.
func TestMemoryCrowdedByAnInstanceHoldsItsPolls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.answer = func(_ context.Context, p post) (Answer, error) {
			if p.url == "https://6.example/" {
				return Answer{Status: 503}, nil
			}
			time.Sleep(time.Second)
			return Answer{Status: 200}, nil
		}
		low := make(chan string, 10)
		s := w.sender(func(cfg *Config) {
			cfg.CacheBytes = 20 * len(`"n-00000"`)
			cfg.OnLow = func(instance string) { low <- instance }
		})
		defer w.run(s)()
		synctest.Wait()
		s.Take(w.commit("6", names("d", 4)...))
		s.Take(w.commit("7", names("n", 4)...))
		synctest.Wait()
		if !s.Admits("7", Load{}) {
			t.Error("held while there is room")
		}
		s.Take(w.commit("7", names("m", 20)...))
		synctest.Wait()
		for instance, want := range map[string]bool{"6": true, "7": false, "8": true} {
			if s.Admits(instance, Load{}) != want {
				t.Errorf("instance %s is admitted: %t, want %t", instance, !want, want)
			}
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if len(low) > 0 {
			t.Errorf("%s is let go too early", <-low)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if len(low) != 1 {
			t.Fatalf("%d are let go, want instance 7", len(low))
		}
		if instance := <-low; instance != "7" {
			t.Errorf("instance %s is let go, want 7", instance)
		}
	})
}

// TestHandedLanesKeepTheOrderOfLayouts: an instance whose lanes were renumbered sends what was formed first.
func TestHandedLanesKeepTheOrderOfLayouts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		letGo := w.held()
		s := w.sender(nil)
		stop := w.run(s)
		synctest.Wait()
		want := []string{}
		for i, number := range []uint16{0, 4 << laneBits, 0, 8<<laneBits | 3} {
			rows, _ := w.commit("scratch")
			meta := Meta{Events: 1, Resource: "contacts", Formed: time.Now()}
			id := fmt.Sprint("n", i)
			rows = append(rows, store.Notification{
				Lane: store.Lane{Instance: "7", Number: number}, ID: id, Events: 1, Meta: meta.encode(), Payload: []byte(`"` + id + `"`),
			})
			out, err := store.One(w.store.Store.Commit(t.Context(), store.Change{Emit: rows}))
			if err != nil {
				t.Fatal(err)
			}
			s.Take(rows, out.Seqs)
			want = append(want, id)
			time.Sleep(time.Second)
		}
		letGo()
		synctest.Wait()
		// n2 stands behind n0 in a lane, and nothing of n1's layout goes before what was formed earlier.
		w.sent(s, want...)
		stop()
	})
}
