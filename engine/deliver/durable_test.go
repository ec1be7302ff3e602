package deliver

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/store"
)

func TestCrashBetweenAnswerAndCommit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.emit("7", "n1", "n2")
		w.store.commit = func(store.Change) (bool, error) { return false, errDisk }
		stop := w.run(w.sender(nil))
		time.Sleep(time.Hour)
		stop()
		if diff := cmp.Diff([]string{"n1"}, w.ids()); diff != "" {
			t.Errorf("a row was sent behind one that is not dropped, or one was sent twice: %s", diff)
		}
		w.store.set(func() { w.store.commit = nil })
		stop = w.run(w.sender(nil)) // the next process
		synctest.Wait()
		stop()
		if diff := cmp.Diff([]string{"n1", "n1", "n2"}, w.ids()); diff != "" {
			t.Error(diff)
		}
		if w.posts[0].body != w.posts[1].body {
			t.Errorf("the repeat has another body: %s, %s", w.posts[0].body, w.posts[1].body)
		}
	})
}

func TestCommitWithUnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, applied := range map[string]bool{"applied": true, "lost": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.emit("7", "n1", "n2", "n3")
				faults := map[store.Seq]int{}
				w.store.commit = func(c store.Change) (bool, error) {
					if faults[c.Drop[0].Seq]++; faults[c.Drop[0].Seq] <= 3 {
						return applied, errDisk
					}
					return true, nil
				}
				stop := w.run(w.sender(nil))
				time.Sleep(time.Hour)
				synctest.Wait()
				stop()
				if diff := cmp.Diff([]string{"n1", "n2", "n3"}, w.ids()); diff != "" {
					t.Error(diff)
				}
				for _, id := range w.ids() {
					if got := len(w.history("7", id)); got != 1 {
						t.Errorf("%s has %d log rows, want 1", id, got)
					}
				}
				if left := w.waiting("7"); len(left) != 0 {
					t.Errorf("waiting: %v", left)
				}
			})
		})
	}
}

func TestStopInMidRequestIsNoAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.emit("7", "n1")
		w.answer = func(ctx context.Context, _ post) (Answer, error) { <-ctx.Done(); return Answer{}, ctx.Err() }
		stop := w.run(w.sender(func(c *Config) { c.Grace = -1 }))
		synctest.Wait()
		begin := time.Now()
		stop()
		if took := time.Since(begin); took != 0 {
			t.Errorf("stopping took %v", took)
		}
		if told := w.told(); len(told) != 0 {
			t.Errorf("attempts: %+v", told)
		}
		w.set(func() { w.answer = nil })
		stop = w.run(w.sender(nil))
		synctest.Wait()
		stop()
		told := w.told()
		if len(told) != 1 || told[0].Number != 1 || told[0].Notification != "n1" || !told[0].Delivered() {
			t.Errorf("attempts: %+v", told)
		}
	})
}

func TestStopLetsRequestsFinish(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		needs, stops time.Duration
		left         int
	}{
		"within the grace": {needs: 3 * time.Second, stops: 3 * time.Second, left: 1},
		"beyond the grace": {needs: 10 * time.Second, stops: 5 * time.Second, left: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.emit("7", "n1", "n2")
				w.answer = func(ctx context.Context, _ post) (Answer, error) {
					select {
					case <-time.After(c.needs):
						return Answer{Status: 200}, nil
					case <-ctx.Done():
						return Answer{}, ctx.Err()
					}
				}
				stop := w.run(w.sender(nil))
				synctest.Wait()
				begin := time.Now()
				stop()
				if took := time.Since(begin); took != c.stops {
					t.Errorf("stopping took %v, want %v", took, c.stops)
				}
				if left := w.waiting("7"); len(left) != c.left {
					t.Errorf("waiting: %v, want %d rows", left, c.left)
				}
				if len(w.told()) != 2-c.left || len(w.ids()) != 1 {
					t.Errorf("posts %v, attempts %+v", w.ids(), w.told())
				}
			})
		})
	}
}

func TestAnswerAtTheVeryEndOfTheGraceIsCommitted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.emit("7", "n1")
		w.answer = func(ctx context.Context, _ post) (Answer, error) { <-ctx.Done(); return Answer{Status: 200}, nil }
		stop := w.run(w.sender(func(c *Config) { c.Grace = time.Second }))
		synctest.Wait()
		stop()
		if left := w.waiting("7"); len(left) != 0 {
			t.Errorf("waiting: %v; the callback had taken it", left)
		}
	})
}

func TestRestartInTheMiddle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		want := names("n", 100)
		w.emit("7", want...)
		w.answer = func(context.Context, post) (Answer, error) { time.Sleep(time.Second); return Answer{Status: 200}, nil }
		for range 4 {
			stop := w.run(w.sender(nil))
			time.Sleep(30*time.Second + time.Millisecond)
			stop()
		}
		if diff := cmp.Diff(want, w.ids()); diff != "" {
			t.Error(diff)
		}
	})
}
