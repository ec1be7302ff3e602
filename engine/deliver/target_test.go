package deliver

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/store"
)

func TestRowsWaitForATarget(t *testing.T) {
	t.Parallel()
	for name, off := range map[string]Target{"no URL": {Enabled: true}, "switched off": {URL: "https://x/"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				asked, target := 0, off
				w.target = func(string) (Target, error) {
					w.mu.Lock()
					defer w.mu.Unlock()
					asked++
					return target, nil
				}
				w.emit("7", "n1", "n2")
				s := w.sender(nil)
				stop := w.run(s)
				time.Sleep(24 * time.Hour)
				synctest.Wait()
				if len(w.ids()) != 0 || asked < 48 || asked > 110 {
					t.Errorf("posts %v; asked %d times a day, want every 15 to 30 minutes", w.ids(), asked)
				}
				before := asked
				s.Wake(store.Lane{Instance: "7"}, w.emit("7", "n3"))
				synctest.Wait()
				if asked != before+1 {
					t.Errorf("Wake asked %d times", asked-before)
				}
				s.Refresh("8")
				synctest.Wait()
				if asked != before+1 {
					t.Error("another instance's Refresh asked")
				}
				w.set(func() { target = Target{URL: "https://x/", Enabled: true} })
				s.Refresh("7")
				synctest.Wait()
				if diff := cmp.Diff([]string{"n1", "n2", "n3"}, w.ids()); diff != "" {
					t.Error(diff)
				}
				stop()
			})
		})
	}
}

func TestRefreshCutsABackoffShort(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		good := false
		w.target = func(string) (Target, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if good {
				return Target{URL: "https://good/", Enabled: true}, nil
			}
			return Target{URL: "https://bad/", Enabled: true}, nil
		}
		w.answer = func(_ context.Context, p post) (Answer, error) {
			if p.url == "https://bad/" {
				time.Sleep(5 * time.Second)
				return Answer{}, errDown
			}
			return Answer{Status: 200}, nil
		}
		w.emit("7", "n1")
		s := w.sender(nil)
		stop := w.run(s)
		time.Sleep(time.Hour)
		synctest.Wait()
		for s.Stats().InFlight == 0 { // the change may come while a request to the old address is in flight
			time.Sleep(time.Second)
			synctest.Wait()
		}
		w.set(func() { good = true })
		s.Refresh("7")
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if left := w.waiting("7"); len(left) != 0 {
			t.Errorf("waiting: %v", left)
		}
		stop()
	})
}

func TestWakeDoesNotCutABackoffShort(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.answer = func(context.Context, post) (Answer, error) { return Answer{Status: 503}, nil }
		s := w.sender(func(c *Config) { c.Backoff = Backoff{First: time.Hour, Cap: time.Hour} })
		stop := w.run(s)
		for _, id := range names("n", 60) {
			s.Wake(store.Lane{Instance: "7"}, w.emit("7", id))
			time.Sleep(20 * time.Second)
		}
		stop()
		if got := len(w.ids()); got != 1 {
			t.Errorf("%d attempts in 20 minutes, want 1", got)
		}
	})
}

func TestRowsOfADeletedInstanceAreDropped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.target = func(instance string) (Target, error) {
			if instance == "gone" {
				return Target{}, ErrGone
			}
			return Target{URL: "https://x/", Enabled: true}, nil
		}
		faults := 2
		w.store.commit = func(c store.Change) (bool, error) {
			if c.Drop[0].Lane.Instance == "gone" && faults > 0 {
				faults--
				return faults == 0, errDisk
			}
			return true, nil
		}
		w.emit("gone", names("gone", 500)...)
		w.emit("live", "n1")
		s := w.sender(nil)
		stop := w.run(s)
		time.Sleep(time.Minute)
		synctest.Wait()
		if diff := cmp.Diff([]string{"n1"}, w.ids()); diff != "" {
			t.Error(diff)
		}
		if left := w.waiting("gone"); len(left) != 0 {
			t.Errorf("%d rows wait", len(left))
		}
		if got := s.Stats(); got != (Stats{}) {
			t.Errorf("stats: %+v", got)
		}
		stop()
	})
}

func TestRowsOfADeletedInstanceAreDroppedThoughPaused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		gone := false
		w.target = func(string) (Target, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if gone {
				return Target{}, ErrGone
			}
			return Target{URL: "https://x/", Enabled: true, Paused: true}, nil
		}
		w.emit("7", names("n", 100)...)
		w.on(3, "m")
		s := w.sender(nil)
		stop := w.run(s)
		time.Sleep(time.Hour)
		w.set(func() { gone = true })
		s.Refresh("7")
		synctest.Wait()
		if left := append(w.waiting("7"), w.rows(3)...); len(left) != 0 || len(w.ids()) != 0 || s.Stats() != (Stats{}) {
			t.Errorf("waiting %v, posts %v, stats %+v", left, w.ids(), s.Stats())
		}
		stop()
	})
}

func TestSecretsDoNotPrint(t *testing.T) {
	t.Parallel()
	target := Target{URL: "https://x/", SignatureKey: []byte("hush"), WebhookSecrets: []Secret{[]byte("hush")}, Headers: Headers{"X-Key": {"hush"}}, Password: []byte("hush")}
	asJSON, err := json.Marshal(target)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(asJSON), sprint(target)} {
		if strings.Contains(text, "hush") || strings.Contains(text, "aHVzaA") || strings.Contains(text, "104 117") || !strings.Contains(text, masked) {
			t.Errorf("the key is seen in %s", text)
		}
	}
}
