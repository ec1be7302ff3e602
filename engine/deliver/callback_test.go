package deliver

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/egress"
	"github.com/pollwright/pollwright/engine/store"
)

// on stores a row in a lane of instance 7.
func (w *world) on(lane uint16, ids ...string) []store.Seq {
	w.t.Helper()
	var rows []store.Notification
	for _, id := range ids {
		rows = append(rows, store.Notification{
			Lane: store.Lane{Instance: "7", Number: 4<<laneBits | lane}, ID: id, Payload: []byte(`"` + id + `"`),
			Meta: Meta{Events: 1, Resource: "contacts", Formed: time.Now()}.encode(),
		})
	}
	out, err := store.One(w.store.Store.Commit(w.t.Context(), store.Change{Emit: rows}))
	if err != nil {
		w.t.Fatal(err)
	}
	return out.Seqs
}

func TestDeadCallbackCostsOneTimerAndNoWrites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		src := source()
		src.Lanes, src.Batch = 64, 1
		for part := range 3 {
			w.tell(nil, src, contacts(3000)[part*1000:(part+1)*1000]...)
		}
		writes, flying, most := 0, 0, 0
		w.store.commit = func(store.Change) (bool, error) { w.set(func() { writes++ }); return true, nil }
		w.answer = func(context.Context, post) (Answer, error) {
			w.set(func() { flying++; most = max(most, flying) })
			defer w.set(func() { flying-- })
			time.Sleep(time.Second)
			return Answer{}, &egress.Error{Kind: egress.ErrDial}
		}
		s := w.sender(func(c *Config) { c.Workers = 8 })
		stop := w.run(s)
		time.Sleep(10 * time.Second)
		w.set(func() { most = 0 })
		first := len(w.ids())
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if n := len(w.ids()) - first; most != 1 || n < 24*12 || n > 2*24*12+20 {
			t.Errorf("%d posts in a day, %d at once; want one probe every 2.5 to 5 minutes", n, most)
		}
		s.queue.mu.Lock()
		alarms, cached := len(s.queue.clock), s.queue.cached
		s.queue.mu.Unlock()
		if alarms > 1 || cached > 1<<10 || writes != 0 {
			t.Errorf("%d alarms, %d bytes, %d commits", alarms, cached, writes)
		}
		if got := s.Callback("42"); got.Paused || got.Faults < 200 || got.Fault != FaultConnect || time.Since(got.Since) < 24*time.Hour {
			t.Errorf("state: %+v", got)
		}
		if got := s.Stats(); got.Waiting != 3000 || got.Troubled != 1 || got.Paused != 0 {
			t.Errorf("stats: %+v", got)
		}
		w.set(func() { w.answer = nil })
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if got := s.Stats(); got != (Stats{}) || s.Callback("42") != (CallbackState{}) {
			t.Errorf("5 minutes after it is up again: %+v", got)
		}
		stop()
	})
}

// Each probe is of another lane, so that one bad notification cannot keep the others from being tried; then it alone is refused.
func TestOneBadNotificationDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]func(context.Context) (Answer, error){
		"500":     func(context.Context) (Answer, error) { return Answer{Status: 500}, nil },
		"timeout": func(ctx context.Context) (Answer, error) { <-ctx.Done(); return Answer{}, ctx.Err() },
		"reset":   func(context.Context) (Answer, error) { return Answer{}, &egress.Error{Kind: egress.ErrReset} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				var buried []DeadLetter
				w.answer = func(ctx context.Context, p post) (Answer, error) {
					if p.id == "bad" {
						return bad(ctx)
					}
					return Answer{Status: 200}, nil
				}
				w.on(0, "bad", "behind")
				w.on(1, "other")
				s := w.sender(func(c *Config) {
					c.Workers = 1
					c.OnDeadLetter = func(d DeadLetter) { buried = append(buried, d) }
				})
				stop := w.run(s)
				time.Sleep(16 * time.Second) // a timeout, and a backoff of up to a second
				synctest.Wait()
				if len(w.times("other")) != 1 || len(w.times("behind")) != 0 {
					t.Errorf("posts: %v", w.ids())
				}
				time.Sleep(20 * time.Hour)
				synctest.Wait()
				stop()
				if len(buried) != 1 || buried[0].Notification != "bad" || len(w.times("behind")) != 1 || len(w.times("bad")) != 8 {
					t.Errorf("buried %+v, posts %v; want bad after one fault and 7 refusals", buried, w.ids())
				}
			})
		})
	}
}

func TestPause(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer Answer
		err    error
		after  time.Duration
		reason string
	}{
		"410":     {answer: Answer{Status: 410}, reason: "410 Gone"},
		"500":     {answer: Answer{Status: 500}, after: 72 * time.Hour, reason: "nothing for 72h0m0s and answered 500"},
		"connect": {err: &egress.Error{Kind: egress.ErrDial}, after: 72 * time.Hour, reason: "last fault: connect"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.answer = func(context.Context, post) (Answer, error) { return c.answer, c.err }
				paused, refuse := false, 1
				var pauses []Pause
				w.target = func(string) (Target, error) {
					w.mu.Lock()
					defer w.mu.Unlock()
					return Target{URL: "https://x/", Enabled: true, Paused: paused}, nil
				}
				keep := func(cfg *Config) {
					cfg.OnPause = func(_ context.Context, p Pause) error {
						if refuse--; refuse >= 0 {
							return errDisk // it goes on trying
						}
						w.set(func() { paused, pauses = true, append(pauses, p) })
						return nil
					}
				}
				begin := time.Now()
				w.on(0, "a", "b")
				w.on(1, "c")
				s := w.sender(keep)
				stop := w.run(s)
				time.Sleep(100 * time.Hour)
				synctest.Wait()
				if len(pauses) != 1 || pauses[0].Instance != "7" || !strings.Contains(pauses[0].Reason, c.reason) ||
					pauses[0].At.Sub(begin) < c.after || pauses[0].At.Sub(begin) > c.after+11*time.Minute || pauses[0].Status != c.answer.Status {
					t.Fatalf("pauses: %+v", pauses)
				}
				posts := len(w.ids())
				s.Wake(store.Lane{Instance: "7", Number: 4<<laneBits | 2}, w.on(2, "d"))
				time.Sleep(100 * time.Hour)
				if got := s.Stats(); got.Paused != 1 || got.Waiting != 4 || len(s.queue.clock) != 0 || !s.Callback("7").Paused {
					t.Errorf("stats %+v, %d alarms", got, len(s.queue.clock))
				}
				stop()
				s = w.sender(keep) // the next process
				stop = w.run(s)
				time.Sleep(100 * time.Hour)
				synctest.Wait()
				if len(w.ids()) != posts || len(pauses) != 1 || !s.Callback("7").Paused {
					t.Errorf("%d posts while paused, pauses %+v", len(w.ids())-posts, pauses)
				}
				w.set(func() { paused, w.answer = false, nil })
				s.Resume("7")
				synctest.Wait()
				stop()
				if left := append(w.rows(0), append(w.rows(1), w.rows(2)...)...); len(left) != 0 {
					t.Errorf("waiting after it was resumed: %v", left)
				}
			})
		})
	}
}

func (w *world) rows(lane uint16) (ids []string) {
	w.t.Helper()
	rows, err := w.store.Store.Outbox(w.t.Context(), store.Lane{Instance: "7", Number: 4<<laneBits | lane}, 0, 1<<20)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids
}

// A 2xx that was under way when the callback asked to wait does not end the wait; other answers under way do not make it longer.
func TestRetryAfterHoldsForAllLanes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.answer = func(_ context.Context, p post) (Answer, error) {
			if p.nth > 1 {
				return Answer{Status: 200}, nil
			}
			switch p.id {
			case "slow":
				time.Sleep(3 * time.Second)
			case "late":
				time.Sleep(2 * time.Second)
				return Answer{Status: 500}, nil
			case "limited":
				time.Sleep(time.Second)
				return Answer{Status: 429, Header: http.Header{"Retry-After": {"600"}}}, nil
			}
			return Answer{Status: 200}, nil
		}
		begin := time.Now()
		w.on(0, "limited")
		w.on(1, "slow", "behind")
		w.on(2, "late")
		stop := w.run(w.sender(nil))
		time.Sleep(time.Hour)
		synctest.Wait()
		stop()
		want := begin.Add(601 * time.Second)
		for _, id := range []string{"limited", "late", "behind"} {
			at := w.times(id)
			if len(at) == 0 || !at[len(at)-1].Equal(want) {
				t.Errorf("%s was sent at %v, want %v", id, at, want)
			}
		}
	})
}

func TestCutAnswersAreTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.answer = func(context.Context, post) (Answer, error) {
			return Answer{Status: 200, Cut: &egress.Error{Kind: egress.ErrTooLarge}}, nil
		}
		w.emit("7", "n1")
		stop := w.run(w.sender(nil))
		synctest.Wait()
		stop()
		if told := w.told(); len(told) != 1 || !told[0].Delivered() || told[0].Fault != "" || told[0].Cut != FaultOversized {
			t.Errorf("attempts: %+v", told)
		}
	})
}

func TestStrictOrderPausesInsteadOfGivingUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var pauses []Pause
		w.target = func(string) (Target, error) {
			return Target{URL: "https://x/", Enabled: true, Order: OrderStrict, Retries: []time.Duration{time.Minute}}, nil
		}
		w.answer = func(_ context.Context, p post) (Answer, error) {
			if p.id == "bad" && p.nth <= 3 {
				return Answer{Status: 422}, nil
			}
			return Answer{Status: 200}, nil
		}
		w.emit("7", "bad", "next")
		s := w.sender(func(c *Config) {
			c.OnPause = func(_ context.Context, p Pause) error { pauses = append(pauses, p); return nil }
			c.OnDeadLetter = func(d DeadLetter) { t.Errorf("buried: %+v", d) }
		})
		stop := w.run(s)
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if len(pauses) != 1 || pauses[0].Status != 422 || !strings.Contains(pauses[0].Reason, "bad was refused 2 times") || len(w.ids()) != 2 {
			t.Fatalf("pauses %+v, posts %v", pauses, w.ids())
		}
		s.Resume("7") // its retries are counted anew
		time.Sleep(time.Hour)
		synctest.Wait()
		stop()
		if diff := cmp.Diff([]string{"bad", "bad", "bad", "bad", "next"}, w.ids()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestConfigOfTroublesIsChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := New(Config{Store: w.store, Targets: w, Poster: w, PauseAfter: -1, Retries: []time.Duration{-1}})
	for _, want := range []string{"PauseAfter", "Retries"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %s", err, want)
		}
	}
	if got := fmt.Sprint(ElementsRetries()); got != "[8s 1m4s 8m32s 1h8m16s 9h6m8s]" {
		t.Errorf("the platform's retries: %s", got)
	}
}
