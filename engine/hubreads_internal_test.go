package engine

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// Of one instance only some reads run at once and some more wait; another instance is not held up by them, and nothing is left behind.
func TestReads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReads()
		var dones []func()
		for range readsAtOnce {
			done, err := r.enter(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			dones = append(dones, done)
		}
		ctx, cancel := context.WithCancel(t.Context())
		entered, left := make(chan func(), readsWaiting), make(chan error, readsWaiting)
		for range readsWaiting {
			go func() {
				done, err := r.enter(ctx, 1)
				if err != nil {
					left <- err
					return
				}
				entered <- done
			}()
		}
		synctest.Wait()
		if len(entered)+len(left) > 0 {
			t.Errorf("%d entered and %d left, want all to wait", len(entered), len(left))
		}
		if _, err := r.enter(t.Context(), 1); !errors.As(err, new(*BusyError)) {
			t.Errorf("one too many: %v", err)
		}
		other, err := r.enter(t.Context(), 2)
		if err != nil {
			t.Fatal(err)
		}
		dones[0]()
		synctest.Wait()
		if len(entered) != 1 {
			t.Errorf("%d entered after one had left", len(entered))
		}
		cancel()
		synctest.Wait()
		if len(left) != readsWaiting-1 {
			t.Errorf("%d gave up, want %d", len(left), readsWaiting-1)
		}
		for _, done := range append(dones[1:], other, <-entered) {
			done()
		}
		if len(r.all) != 0 || len(r.inside) != 0 {
			t.Errorf("left behind: %d instances, %d turns", len(r.all), len(r.inside))
		}
	})
}
