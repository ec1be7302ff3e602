package schedule

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestAClaimIsNeverBesideAPoll: a claim waits for the running poll, the next claim for that one, and the schedule for both; then the grid goes
// on, and a claim that polled nothing moves nothing.
func TestAClaimIsNeverBesideAPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := setup(t, Config{}, func(ctx context.Context, _ Item, _ int) Result {
			time.Sleep(10 * time.Second)
			return Result{}
		})
		item := Item{1, "contacts", time.Minute}
		if err := w.Add(item, Now); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // the poll runs
		began := time.Now()
		var spans [][2]time.Duration
		done := make(chan struct{}, 2)
		for range 2 {
			go func() {
				c, err := w.Claim(t.Context(), 1, "contacts")
				if err != nil {
					t.Error(err)
					return
				}
				from := time.Since(began)
				time.Sleep(5 * time.Minute) // ticks pass
				spans = append(spans, [2]time.Duration{from, time.Since(began)})
				c.End(Result{})
				done <- struct{}{}
			}()
		}
		<-done
		<-done
		if spans[0][0] < 10*time.Second || spans[1][0] < spans[0][1] {
			t.Errorf("claims at %v, want one after the other, after 10 s", spans)
		}
		ended := time.Now()
		due, _ := w.Next(1, "contacts")
		c, err := w.Claim(t.Context(), 1, "contacts")
		if err != nil {
			t.Fatal(err)
		}
		c.Cancel()
		if again, _ := w.Next(1, "contacts"); !again.Equal(due) {
			t.Errorf("due %v after a claim that polled nothing, want %v as before", again, due)
		}
		time.Sleep(2 * time.Minute)
		w.mu.Lock()
		defer w.mu.Unlock()
		starts := w.starts["1/contacts"]
		if len(starts) != 3 || starts[1].Before(ended) {
			t.Errorf("polled at %v, want once before the claims and twice after %v", starts, ended)
		}
	})
}

// TestAClaimThatGivesUpBlocksNothing: whoever stops waiting, or waits for what is removed, leaves the item to the others; and what is not
// scheduled can be claimed, and is forgotten after it.
func TestAClaimThatGivesUpBlocksNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := setup(t, Config{}, nil)
		first, err := w.Claim(t.Context(), 1, "contacts")
		if err != nil {
			t.Fatal(err)
		}
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := w.Claim(impatient, 1, "contacts"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err %v, want the deadline", err)
		}
		refused := make(chan error)
		go func() {
			_, err := w.Claim(t.Context(), 1, "contacts")
			refused <- err
		}()
		synctest.Wait()
		w.Remove(1)
		if err := <-refused; !errors.Is(err, ErrRemoved) {
			t.Errorf("err %v, want %v", err, ErrRemoved)
		}
		gone := make(chan error)
		go func() { gone <- w.Wait(t.Context(), 1) }()
		synctest.Wait()
		select {
		case <-gone:
			t.Error("Wait returned although the item is claimed")
		default:
		}
		if err := w.Add(Item{1, "contacts", time.Minute}, Now); err != nil { // it was enabled meanwhile
			t.Fatal(err)
		}
		first.End(Result{Failed: true})
		if err := <-gone; err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if n := len(w.starts["1/contacts"]); n != 1 {
			t.Errorf("polled %d times after it was added, want once", n)
		}
		c, err := w.Claim(t.Context(), 2, "contacts")
		if err != nil {
			t.Fatal(err)
		}
		c.End(Result{})
		if w.index.used != 1 || len(w.groups) != 0 || w.Len() != 1 {
			t.Errorf("%d instances, %d items; want what was claimed without being scheduled forgotten", w.index.used, w.Len())
		}
	})
}
