package deliver

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/store"
)

func TestDelivers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.target = func(string) (Target, error) {
			return Target{URL: "https://callback.example/x?token=1", SignatureKey: []byte("abcd1234efgh5678"), Enabled: true}, nil
		}
		s := w.sender(nil)
		begin := time.Now()
		s.Wake(store.Lane{Instance: "7"}, w.emit("7", "n1", "n2")) // before Run
		stop := w.run(s)
		synctest.Wait()
		s.Wake(store.Lane{Instance: "7"}, w.emit("7", "n3"))
		synctest.Wait()
		if diff := cmp.Diff([]string{"n1", "n2", "n3"}, w.ids()); diff != "" {
			t.Error(diff)
		}
		p := w.posts[0]
		if p.url != "https://callback.example/x?token=1" || p.body != `"n1"` {
			t.Errorf("posted %s to %s", p.body, p.url)
		}
		for name, want := range map[string]string{
			"Content-Type": "application/json", "User-Agent": "Pollwright", "Elements-Webhook-Id": "n1", "webhook-id": "n1",
			"Elements-Webhook-Signature": Sign([]byte("abcd1234efgh5678"), []byte(`"n1"`)),
		} {
			if got := p.header.Get(name); got != want {
				t.Errorf("header %s = %q, want %q", name, got, want)
			}
		}
		if left := w.waiting("7"); len(left) != 0 {
			t.Errorf("waiting: %v", left)
		}
		entries := w.history("7", "n1")
		if len(entries) != 1 || !entries[0].Expires.Equal(begin.Add(7*24*time.Hour)) {
			t.Errorf("history: %+v, want one entry kept 7 days", entries)
		}
		if got := s.Stats(); got != (Stats{}) {
			t.Errorf("stats: %+v", got)
		}
		if len(s.queue.lanes) != 0 || s.queue.cached != 0 {
			t.Errorf("an idle sender remembers %d lanes and %d bytes", len(s.queue.lanes), s.queue.cached)
		}
		a := w.told()[0]
		if !a.Delivered() || a.Instance != "7" || a.Resource != "contacts" || a.Notification != "n1" || a.Events != 1 || a.Number != 1 ||
			!a.Formed.Equal(begin) {
			t.Errorf("attempt: %+v", a)
		}
		stop()
	})
}

func TestRunsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		s := w.sender(nil)
		w.run(s)()
		if err := s.Run(context.Background()); err == nil {
			t.Error("a second Run is no error")
		}
	})
}

func TestStartsWhenTheOutboxCanBeListed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.emit("7", "n1")
		broken := &noBacklogs{Store: w.store, left: 3}
		stop := w.run(w.sender(func(c *Config) { c.Store = broken }))
		time.Sleep(time.Minute)
		synctest.Wait()
		stop()
		if diff := cmp.Diff([]string{"n1"}, w.ids()); diff != "" {
			t.Error(diff)
		}
		broken.left = 1 << 30
		w.run(w.sender(func(c *Config) { c.Store = broken }))() // a stop ends the tries
	})
}

type noBacklogs struct {
	store.Store
	left int
}

func (n *noBacklogs) Backlogs(ctx context.Context) ([]store.Backlog, error) {
	if n.left--; n.left >= 0 {
		return nil, errDisk
	}
	return n.Store.Backlogs(ctx)
}

func TestNewNamesEveryFault(t *testing.T) {
	t.Parallel()
	_, err := New(Config{
		Workers: -1, Timeout: -1, History: -1, CacheBytes: -1,
		Backoff: Backoff{Factor: 0.5}, Recheck: Backoff{First: time.Hour, Cap: time.Minute},
	})
	for _, want := range []string{"Store", "Targets", "Poster", "Workers", "Timeout", "History", "CacheBytes", "Backoff.Factor", "Recheck.Cap"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %s", err, want)
		}
	}
	w := newWorld(t)
	for _, b := range []Backoff{{Jitter: 1.5}, {Jitter: -1}, {First: -1}, {Cap: time.Millisecond}} {
		if _, err := New(Config{Store: w.store, Targets: w, Poster: w, Backoff: b}); err == nil {
			t.Errorf("Backoff %+v is accepted", b)
		}
	}
}

func TestLateAndUnknownWakes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		lane := store.Lane{Instance: "7"}
		hold := make(chan struct{})
		w.answer = func(context.Context, post) (Answer, error) { <-hold; return Answer{Status: 200}, nil }
		s := w.sender(nil)
		stop := w.run(s)
		synctest.Wait() // it has listed the outbox
		first := w.emit("7", "n1")
		second := w.emit("7", "n2")
		s.Wake(lane, second) // of another resource, whose commit returned later
		synctest.Wait()
		s.Wake(lane, first)
		w.emit("7", "n3") // its commit was never answered
		close(hold)
		synctest.Wait()
		s.Wake(lane, nil)
		synctest.Wait()
		if diff := cmp.Diff([]string{"n2", "n1", "n3"}, w.ids()); diff != "" {
			t.Error(diff)
		}
		s.Wake(lane, first) // delivered long ago
		synctest.Wait()
		if len(w.ids()) != 3 || s.Stats() != (Stats{}) || len(s.queue.lanes) != 0 {
			t.Errorf("posts %v, stats %+v, want no repeat and nothing waiting", w.ids(), s.Stats())
		}
		stop()
	})
}

// TestAWakeForRowsInHandSkipsNone: rows of a later commit are read together with earlier ones, before their wake comes. It must not move the
// lane behind rows that are not delivered yet.
func TestAWakeForRowsInHandSkipsNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		lane := store.Lane{Instance: "7"}
		hold := make(chan struct{})
		w.answer = func(context.Context, post) (Answer, error) { <-hold; return Answer{Status: 200}, nil }
		s := w.sender(nil)
		stop := w.run(s)
		synctest.Wait()
		first := w.emit("7", "n1", "n2", "n3")
		second := w.emit("7", "n4", "n5")
		s.Wake(lane, first)
		synctest.Wait() // all five are read, and n1 is under way
		s.Wake(lane, second)
		third := w.emit("7", "n6")
		close(hold)
		synctest.Wait()
		s.Wake(lane, third)
		synctest.Wait()
		if diff := cmp.Diff([]string{"n1", "n2", "n3", "n4", "n5", "n6"}, w.ids()); diff != "" {
			t.Error(diff)
		}
		if left := w.waiting("7"); len(left) > 0 || len(s.queue.lanes) > 0 {
			t.Errorf("%v wait", left)
		}
		if reads := len(w.store.readsOf("7")); reads > 3 {
			t.Errorf("the outbox was read %d times: rows in hand need not be read again", reads)
		}
		stop()
	})
}

func TestErrorsLoseTheCallbackAddress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.answer = func(context.Context, post) (Answer, error) { return Answer{}, urlError("https://x/?token=hush") }
		w.emit("7", "n1")
		stop := w.run(w.sender(nil))
		synctest.Wait()
		stop()
		a := w.told()[0]
		if !errors.Is(a.Err, errDown) || strings.Contains(a.Err.Error(), "hush") || a.Delivered() || a.Status != 0 {
			t.Errorf("attempt: %+v", a)
		}
	})
}
