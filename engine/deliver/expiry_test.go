package deliver

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/engine/store/badgerstore"
)

// On a real folder, eight days later: what was delivered is gone, what waits and what is a dead letter can be seen and sent again.
func TestWhatIsOldExpiresFromTheDisk(t *testing.T) {
	t.Parallel()
	var later atomic.Int64
	s, err := badgerstore.Open(badgerstore.Config{
		Dir: t.TempDir(), Small: true, Sweep: 20 * time.Millisecond, History: 7 * 24 * time.Hour,
		Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) },
	})
	if err != nil {
		t.Fatal(err)
	}
	sweeping, stopSweeping := context.WithCancel(context.Background())
	swept := make(chan error, 1)
	go func() { swept <- s.Run(sweeping) }()
	defer func() {
		stopSweeping()
		if err := <-swept; err != nil {
			t.Error(err)
		}
		_ = s.Close()
	}()
	w := newWorld(t)
	w.store.Store = s
	await := func(what string, ok func() bool) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); !ok(); {
			if time.Now().After(deadline) {
				t.Fatalf("waited in vain for %s", what)
			}
			<-time.After(5 * time.Millisecond)
		}
	}
	rows := w.form(change.Created, 1, "good", "bad")
	good, bad := rows[0], rows[1]
	w.target = func(string) (Target, error) {
		return Target{URL: "https://x/", Enabled: true, Retries: []time.Duration{}}, nil
	}
	w.script(bad.ID, Answer{Status: 422})
	sender := w.sender(nil)
	stop := w.run(sender)
	await("the deliveries", func() bool {
		return w.find(good.ID).Fate.State == StateDelivered && w.find(bad.ID).Fate.State == StateDeadLetter
	})
	stop()
	waits := w.form(change.Created, 1, "waits")[0]
	if listed, _ := w.list(Query{N: 9}); len(listed) != 3 {
		t.Errorf("%d rows before, want 3", len(listed))
	}
	later.Store(int64(8 * 24 * time.Hour))
	await("the end of the old ones", func() bool {
		listed, _ := w.list(Query{N: 9})
		return len(listed) == 1 && listed[0].ID == waits.ID && listed[0].Fate.State == StateWaiting
	})
	if k, err := Find(t.Context(), s, "42", good.ID, false); err == nil {
		t.Errorf("found after its time: %+v", k)
	}
	letter := w.find(bad.ID)
	if letter.Fate.State != StateDeadLetter || string(letter.Payload) != string(bad.Payload) {
		t.Errorf("dead letter %+v", letter)
	}
	c, err := Again(t.Context(), s, letter)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.One(s.Commit(t.Context(), c)); err != nil {
		t.Fatal(err)
	}
	if again := w.find(bad.ID); again.Fate.State != StateWaiting || !again.Meta.Redelivery || string(again.Payload) != string(bad.Payload) {
		t.Errorf("sent again: %+v", again)
	}
}
