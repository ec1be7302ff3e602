package deliver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/store"
)

func TestRetriesOfARefusedNotification(t *testing.T) {
	t.Parallel()
	standard := []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour}
	for name, c := range map[string]struct {
		target, want []time.Duration
	}{
		"standard": {nil, standard},
		"elements": {ElementsRetries(), ElementsRetries()},
		"none":     {[]time.Duration{}, nil},
	} {
		for _, restart := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " restart ", restart), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t)
					w.target = func(string) (Target, error) { return Target{URL: "https://x/", Enabled: true, Retries: c.target}, nil }
					w.answer = func(_ context.Context, p post) (Answer, error) {
						if p.id == "bad" {
							return Answer{Status: 404}, nil
						}
						return Answer{Status: 200}, nil
					}
					w.emit("7", "bad", "next")
					stop := w.run(w.sender(nil))
					for range 50 { // 50 hours, and as many processes
						time.Sleep(time.Hour)
						if restart {
							stop()
							stop = w.run(w.sender(nil))
						}
					}
					synctest.Wait()
					stop()
					at := w.times("bad")
					if len(at) != len(c.want)+1 || len(w.times("next")) != 1 {
						t.Fatalf("posts: %v", w.ids())
					}
					for i, want := range c.want {
						if wait := at[i+1].Sub(at[i]); wait < want-time.Millisecond || wait > want+want/10 { // the log has milliseconds
							t.Errorf("wait %d is %v, want %v and up to a tenth more", i+1, wait, want)
						}
					}
					if !w.times("next")[0].Equal(at[len(at)-1]) {
						t.Error("the lane did not go on at once")
					}
					if got := len(w.history("7", "bad")); got != len(at) {
						t.Errorf("%d attempts are logged, want %d", got, len(at))
					}
					for i, a := range w.told() {
						if a.Notification == "bad" && (a.Number != i+1 || a.Refusals != i+1 || a.Fault != FaultStatus) {
							t.Errorf("attempt %d: %+v", i+1, a)
						}
					}
				})
			})
		}
	}
}

// Refusals are kept until they have been counted, however short the history is.
func TestRetriesOutlastTheHistory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.target = func(string) (Target, error) {
			return Target{URL: "https://x/", Enabled: true, Retries: []time.Duration{5 * time.Hour, 5 * time.Hour}}, nil
		}
		w.answer = func(context.Context, post) (Answer, error) { return Answer{Status: 404}, nil }
		w.emit("7", "bad")
		short := func(c *Config) { c.History = time.Minute }
		stop := w.run(w.sender(short))
		for range 24 {
			time.Sleep(time.Hour)
			stop()
			stop = w.run(w.sender(short))
		}
		synctest.Wait()
		stop()
		if at := w.times("bad"); len(at) != 3 {
			t.Errorf("sent at %v, want the first attempt and two retries", at)
		}
	})
}

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		good := false
		w.target = func(string) (Target, error) {
			return Target{URL: "https://x/", Enabled: true, Retries: []time.Duration{}}, nil
		}
		w.answer = func(context.Context, post) (Answer, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if good {
				return Answer{Status: 200}, nil
			}
			return Answer{Status: 400}, nil
		}
		begin := time.Now()
		large := bytes.Repeat([]byte("0123456789abcdef"), 40<<10) // 640 KiB: three chunks
		meta := Meta{Events: 3, Resource: "contacts", Formed: begin}
		if _, err := store.One(w.store.Store.Commit(t.Context(), store.Change{Emit: []store.Notification{
			{Lane: store.Lane{Instance: "7"}, ID: "large", Meta: meta.encode(), Payload: large},
		}})); err != nil {
			t.Fatal(err)
		}
		w.emit("77", "other")
		s := w.sender(nil)
		stop := w.run(s)
		for _, id := range []string{"b", "a"} {
			time.Sleep(time.Hour)
			s.Wake(store.Lane{Instance: "7"}, w.emit("7", id))
		}
		synctest.Wait()
		list := func(from time.Time, after store.Key, n int) (ids []string) {
			t.Helper()
			letters, err := DeadLetters(t.Context(), w.store, "7", from, after, n)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range letters {
				ids = append(ids, d.Notification)
			}
			return ids
		}
		letters, err := DeadLetters(t.Context(), w.store, "7", time.Time{}, store.Key{}, 10)
		if err != nil || len(letters) != 3 || len(w.waiting("7")) != 0 {
			t.Fatalf("letters %+v, %v", letters, err)
		}
		for got, want := range map[string]string{
			fmt.Sprint(list(time.Time{}, store.Key{}, 10)):                 "[large b a]", // by time
			fmt.Sprint(list(begin.Add(time.Hour), store.Key{}, 10)):        "[b a]",
			fmt.Sprint(list(begin.Add(2*time.Hour+1), letters[2].Key, 10)): "[]",
			fmt.Sprint(list(time.Time{}, letters[0].Key, 1)):               "[b]",
		} {
			if got != want {
				t.Errorf("listed %s, want %s", got, want)
			}
		}
		for term, want := range map[store.Term]int{
			{Name: TermDeadLetter, Value: "all"}: 4, {Name: TermDeadLetterID, Value: "large"}: 1, {Name: TermDeadLetterID, Value: "none"}: 0,
		} {
			if keys, err := w.store.Find(t.Context(), term, store.Key{}, 10); err != nil || len(keys) != want {
				t.Errorf("%v finds %v, %v", term, keys, err)
			}
		}
		d, err := ReadDeadLetter(t.Context(), w.store, letters[0].Key)
		if err != nil || !bytes.Equal(d.Payload, large) || d.Instance != "7" || d.Size != len(large) || d.Status != 400 || d.Attempts != 1 ||
			!d.At.Equal(begin) || d.Meta.Events != 3 || d.Fault != FaultStatus {
			t.Errorf("read %d bytes, %v", len(d.Payload), err)
		}

		w.set(func() { good = true })
		if err := s.SendAgain(t.Context(), letters[0].Key); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if at := w.times("large"); len(at) != 2 || w.posts[0].body != w.posts[len(w.posts)-1].body {
			t.Errorf("posts: %v, or another body", w.ids())
		}
		if err := s.SendAgain(t.Context(), letters[0].Key); !errors.Is(err, ErrNoDeadLetter) {
			t.Errorf("sent twice: %v", err)
		}
		if diff := cmp.Diff([]string{"b", "a"}, list(time.Time{}, store.Key{}, 10)); diff != "" {
			t.Error(diff)
		}
		if err := DropDeadLetters(t.Context(), w.store, "7"); err != nil || list(time.Time{}, store.Key{}, 10) != nil {
			t.Errorf("dropped: %v", err)
		}
		if other, err := DeadLetters(t.Context(), w.store, "77", time.Time{}, store.Key{}, 10); err != nil || len(other) != 1 {
			t.Errorf("of another instance: %+v, %v", other, err)
		}
		stop()
	})
}

// The move to the dead letters is one commit: whatever became of it, the notification is in one place, and is told once.
func TestDeadLetterWithUnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, applied := range map[string]bool{"applied": true, "lost": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.target = func(string) (Target, error) {
					return Target{URL: "https://x/", Enabled: true, Retries: []time.Duration{}}, nil
				}
				w.answer = func(context.Context, post) (Answer, error) { return Answer{Status: 400}, nil }
				w.emit("7", "bad")
				faults, told := 0, 0
				w.store.commit = func(store.Change) (bool, error) {
					if faults++; faults <= 3 {
						return applied && faults == 1, errDisk
					}
					return true, nil
				}
				stop := w.run(w.sender(func(c *Config) { c.OnDeadLetter = func(DeadLetter) { told++ } }))
				time.Sleep(time.Hour)
				synctest.Wait()
				stop()
				letters, err := DeadLetters(t.Context(), w.store.Store, "7", time.Time{}, store.Key{}, 10)
				if err != nil || len(letters) != 1 || told != 1 || len(w.ids()) != 1 || len(w.waiting("7")) != 0 {
					t.Errorf("letters %+v, %v; told %d times, posts %v", letters, err, told, w.ids())
				}
			})
		})
	}
}

func TestGoldenDeadLetter(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 6, 9, 20, 47, 1, 250e6, time.UTC)
	row := store.Notification{
		Lane: store.Lane{Instance: "42", Number: 258}, Seq: 7, ID: "uvyqjhKuwFmJKkCz9WfT", Payload: []byte(`{"a":1}`),
		Meta: Meta{Events: 2, Resource: "contacts", Formed: at}.encode(),
	}
	last := Attempt{
		Instance: "42", Resource: "contacts", Notification: row.ID, Events: 2, Number: 9, At: at, Duration: 1500 * time.Millisecond, Status: 422,
		Fault: FaultStatus, Refusals: 7,
	}
	c := newLetter(row, last, time.Hour, at.Add(2*time.Second)).change
	put, chunk, entry := c.Puts[0], c.Side[0], c.Log[0]
	golden(t, "deadletter.v1.golden", fmt.Sprintf("key %s\nvalue %s\nterms %v\nchunk %s %s\n", put.Key.Name, put.Value, put.Index, chunk.ID, chunk.Value))
	golden(t, "refusal.v2.golden", "key "+entry.Key.Name+"\nid "+entry.ID+"\nvalue "+string(entry.Value)+"\n")
	if diff := cmp.Diff([]store.Drop{{Lane: row.Lane, Seq: 7}}, c.Drop); diff != "" || put.Key.Partition != store.PartitionOf("42") {
		t.Errorf("drops: %s", diff)
	}
	if _, err := readLetter(store.Record{Value: []byte(`{"v":2}`)}); err == nil {
		t.Error("version 2 is read")
	}
}
