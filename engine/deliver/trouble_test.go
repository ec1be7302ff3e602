package deliver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/store"
)

func sprint(v any) string { return fmt.Sprintf("%v %+v %#v", v, v, v) }

func urlError(address string) error { return &url.Error{Op: "Post", URL: address, Err: errDown} }

func TestRetriesForEverWithCappedBackoff(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func() (Answer, error){
		"status 500":  func() (Answer, error) { return Answer{Status: 500}, nil },
		"status 302":  func() (Answer, error) { return Answer{Status: 302}, nil },
		"status 429":  func() (Answer, error) { return Answer{Status: 429}, nil },
		"no answer":   func() (Answer, error) { return Answer{}, errDown },
		"error + 200": func() (Answer, error) { return Answer{Status: 200}, errDown },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.answer = func(context.Context, post) (Answer, error) { return answer() }
				w.emit("7", "n1", "n2")
				stop := w.run(w.sender(nil))
				time.Sleep(24 * time.Hour)
				synctest.Wait()
				stop()
				at := w.times("n1")
				if len(at) < 24*60/5 {
					t.Fatalf("%d attempts in a day", len(at))
				}
				for i := 1; i < len(at); i++ {
					limit := min(time.Second<<min(i-1, 20), 5*time.Minute)
					if wait := at[i].Sub(at[i-1]); wait < limit/2 || wait > limit {
						t.Errorf("wait %d is %v, want %v to %v", i, wait, limit/2, limit)
					}
				}
				if len(w.times("n2")) != 0 {
					t.Error("n2 was sent before n1 was acknowledged")
				}
				if left := w.waiting("7"); len(left) != 2 {
					t.Errorf("waiting: %v", left)
				}
				if last := w.told()[len(at)-1]; last.Number != len(at) {
					t.Errorf("attempt %d says it is number %d", len(at), last.Number)
				}
			})
		})
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.answer = func(ctx context.Context, p post) (Answer, error) {
			if p.nth > 1 {
				return Answer{Status: 204}, nil
			}
			<-ctx.Done()
			return Answer{}, ctx.Err()
		}
		w.emit("7", "n1")
		stop := w.run(w.sender(nil))
		time.Sleep(17 * time.Second)
		synctest.Wait()
		stop()
		told := w.told()
		if len(told) != 2 || told[0].Duration != 15*time.Second || !errors.Is(told[0].Err, context.DeadlineExceeded) || !told[1].Delivered() {
			t.Errorf("attempts: %+v", told)
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // where a bubble's clock begins
	for name, c := range map[string]struct {
		value, date string
		want        time.Duration
	}{
		"seconds":            {value: "90", want: 90 * time.Second},
		"date":               {value: start.Add(2 * time.Minute).Format(http.TimeFormat), want: 2 * time.Minute},
		"date, other clock":  {value: "Sun, 06 Nov 1994 08:52:37 GMT", date: "Sun, 06 Nov 1994 08:49:37 GMT", want: 3 * time.Minute},
		"seconds above cap":  {value: "86400", want: time.Hour},
		"more than 64 bits":  {value: "99999999999999999999999", want: time.Hour},
		"date above the cap": {value: "Fri, 31 Dec 2099 23:59:59 GMT", want: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.answer = func(_ context.Context, p post) (Answer, error) {
					if p.nth > 1 {
						return Answer{Status: 200}, nil
					}
					h := http.Header{}
					h.Set("Retry-After", c.value)
					h.Set("Date", c.date)
					return Answer{Status: 503, Header: h}, nil
				}
				w.emit("7", "n1")
				stop := w.run(w.sender(nil))
				time.Sleep(2 * time.Hour)
				synctest.Wait()
				stop()
				at := w.times("n1")
				if len(at) != 2 || at[1].Sub(at[0]) != c.want {
					t.Errorf("attempts at %v, want %v between two", at, c.want)
				}
			})
		})
	}
}

func TestLanesInTroubleHoldNoWorker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for i := range 200 {
			w.emit(fmt.Sprintf("dead%03d", i), names(fmt.Sprintf("dead%03d", i), 3)...)
		}
		w.answer = func(_ context.Context, p post) (Answer, error) {
			if strings.HasPrefix(p.id, "dead") {
				return Answer{}, errDown
			}
			return Answer{Status: 200}, nil
		}
		s := w.sender(func(c *Config) { c.Workers = 1 })
		stop := w.run(s)
		synctest.Wait()
		begin := time.Now()
		s.Wake(store.Lane{Instance: "live"}, w.emit("live", names("live", 50)...))
		synctest.Wait()
		if left := w.waiting("live"); len(left) != 0 || time.Since(begin) != 0 {
			t.Errorf("%d rows of the healthy instance wait", len(left))
		}
		if got := s.Stats(); got.Lanes != 200 || got.Waiting != 600 || !got.Oldest.Equal(begin) {
			t.Errorf("stats: %+v", got)
		}
		if s.queue.cached != 0 {
			t.Errorf("lanes that wait keep %d bytes", s.queue.cached)
		}
		stop()
	})
}

func TestEachLaneWaitsForItsOwnTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		waits := map[string]int{"a": 600, "b": 30, "c": 1200, "d": 90, "e": 300}
		w.answer = func(_ context.Context, p post) (Answer, error) {
			if p.nth > 1 {
				return Answer{Status: 200}, nil
			}
			return Answer{Status: 429, Header: http.Header{"Retry-After": {fmt.Sprint(waits[p.id])}}}, nil
		}
		for id := range waits {
			w.emit(id, id)
		}
		stop := w.run(w.sender(nil))
		time.Sleep(time.Hour)
		synctest.Wait()
		stop()
		for id, seconds := range waits {
			if at := w.times(id); len(at) != 2 || at[1].Sub(at[0]) != time.Duration(seconds)*time.Second {
				t.Errorf("%s was sent at %v, want %d s between two", id, at, seconds)
			}
		}
	})
}

func TestSlowCallbackHoldsOneWorker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.emit("slow", names("slow", 100)...)
		w.emit("live", names("live", 100)...)
		flying, most := 0, 0
		w.answer = func(ctx context.Context, p post) (Answer, error) {
			if !strings.HasPrefix(p.id, "slow") {
				return Answer{Status: 200}, nil
			}
			w.set(func() { flying++; most = max(most, flying) })
			defer w.set(func() { flying-- })
			<-ctx.Done()
			return Answer{}, ctx.Err()
		}
		s := w.sender(func(c *Config) { c.Workers = 2 })
		stop := w.run(s)
		time.Sleep(time.Second)
		synctest.Wait()
		if left := w.waiting("live"); len(left) != 0 {
			t.Errorf("%d rows of the healthy instance wait after 1 s", len(left))
		}
		if got := s.Stats(); got.InFlight != 1 {
			t.Errorf("in flight: %d", got.InFlight)
		}
		time.Sleep(time.Hour)
		stop()
		if most != 1 {
			t.Errorf("%d requests of one lane at once", most)
		}
	})
}

func TestTroubleOnOurSideIsNoAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		faults := 5
		w.target = func(instance string) (Target, error) {
			if faults--; faults >= 0 {
				return Target{}, errDisk
			}
			return Target{URL: "https://x/", Enabled: true}, nil
		}
		reads := 5
		w.store.read = func(store.Lane, store.Seq, int) error {
			if reads--; reads >= 0 {
				return errDisk
			}
			return nil
		}
		w.emit("7", "n1")
		stop := w.run(w.sender(nil))
		time.Sleep(time.Hour)
		synctest.Wait()
		stop()
		told := w.told()
		if diff := cmp.Diff([]string{"n1"}, w.ids()); diff != "" || len(told) != 1 || told[0].Number != 1 {
			t.Errorf("posts %v, attempts %+v", w.ids(), told)
		}
	})
}
