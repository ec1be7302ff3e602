package deliver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/engine/store/memstore"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	errDown = errors.New("connection refused")
	errDisk = errors.New("disk trouble")
)

// world is a store, callbacks that a test scripts, and what was seen of both. It outlives a Sender, as a disk and a network do.
type world struct {
	t     *testing.T
	store *faultStore

	mu       sync.Mutex
	posts    []post
	attempts []Attempt
	// answer plays the callbacks; nil = 200 at once.
	answer func(ctx context.Context, p post) (Answer, error)
	// target plays Targets; nil = enabled at https://<instance>.example/.
	target func(instance string) (Target, error)
}

type post struct {
	id, url, body string
	header        http.Header
	at            time.Time
	nth           int // of this id, from 1
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return &world{t: t, store: &faultStore{Store: memstore.New(nil)}}
}

func (w *world) Target(_ context.Context, instance string) (Target, error) {
	w.mu.Lock()
	play := w.target
	w.mu.Unlock()
	if play == nil {
		return Target{URL: "https://" + instance + ".example/", Enabled: true}, nil
	}
	return play(instance)
}

func (w *world) Post(ctx context.Context, url string, header http.Header, body []byte) (Answer, error) {
	w.mu.Lock()
	p := post{id: header.Get("webhook-id"), url: url, body: string(body), header: header, at: time.Now(), nth: 1}
	for _, earlier := range w.posts {
		if earlier.id == p.id {
			p.nth++
		}
	}
	w.posts = append(w.posts, p)
	play := w.answer
	w.mu.Unlock()
	if play == nil {
		return Answer{Status: 200}, nil
	}
	return play(ctx, p)
}

// script lets a notification be answered so, in order, and by 200 after.
func (w *world) script(id string, answers ...Answer) {
	w.answer = func(_ context.Context, p post) (Answer, error) {
		if p.id == id && p.nth <= len(answers) {
			return answers[p.nth-1], nil
		}
		return Answer{Status: 200}, nil
	}
}

func (w *world) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

func (w *world) ids() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	ids := make([]string, 0, len(w.posts))
	for _, p := range w.posts {
		ids = append(ids, p.id)
	}
	return ids
}

func (w *world) times(id string) []time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	var at []time.Time
	for _, p := range w.posts {
		if p.id == id {
			at = append(at, p.at)
		}
	}
	return at
}

func (w *world) told() []Attempt {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Attempt(nil), w.attempts...)
}

// emit stores rows of an instance, named and with their names as bodies.
func (w *world) emit(instance string, ids ...string) []store.Seq {
	w.t.Helper()
	rows := make([]store.Notification, len(ids))
	for i, id := range ids {
		meta := Meta{Events: 1, Resource: "contacts", Formed: time.Now()}
		rows[i] = store.Notification{Lane: store.Lane{Instance: instance}, ID: id, Meta: meta.encode(), Payload: []byte(`"` + id + `"`)}
	}
	var seqs []store.Seq
	for len(rows) > 0 {
		n := min(len(rows), 1000)
		out, err := store.One(w.store.Store.Commit(w.t.Context(), store.Change{Emit: rows[:n]}))
		if err != nil {
			w.t.Fatal(err)
		}
		seqs, rows = append(seqs, out.Seqs...), rows[n:]
	}
	return seqs
}

func (w *world) waiting(instance string) []string {
	w.t.Helper()
	rows, err := w.store.Store.Outbox(w.t.Context(), store.Lane{Instance: instance}, 0, 1<<20)
	if err != nil {
		w.t.Fatal(err)
	}
	ids := []string{}
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids
}

func (w *world) history(instance, id string) []store.Entry {
	w.t.Helper()
	entries, err := w.store.Store.History(w.t.Context(), HistoryKey(instance, id), "", 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return entries
}

func (w *world) sender(change func(*Config)) *Sender {
	w.t.Helper()
	cfg := Config{Store: w.store, Targets: w, Poster: w, OnAttempt: func(a Attempt) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.attempts = append(w.attempts, a)
	}}
	if change != nil {
		change(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// run starts a sender and returns what stops it and waits for its end.
func (w *world) run(s *Sender) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				w.t.Errorf("Run: %v", err)
			}
			if s.queue.cached < 0 {
				w.t.Errorf("cached bytes are %d", s.queue.cached)
			}
		})
	}
	w.t.Cleanup(cancel)
	return stop
}

// faultStore fails where a test says so.
type faultStore struct {
	store.Store
	mu sync.Mutex
	// commit is asked before a commit: apply says whether it is carried out, err what the sender hears.
	commit func(store.Change) (apply bool, err error)
	read   func(l store.Lane, after store.Seq, n int) error
	reads  map[store.Lane][]store.Seq
	rows   int // that were read
}

func (f *faultStore) Commit(ctx context.Context, changes ...store.Change) ([]store.Outcome, error) {
	f.mu.Lock()
	fault := f.commit
	f.mu.Unlock()
	if fault == nil {
		return f.Store.Commit(ctx, changes...)
	}
	apply, err := fault(changes[0])
	if apply {
		if out, real := f.Store.Commit(ctx, changes...); real != nil || err == nil {
			return out, real
		}
	}
	return nil, err
}

func (f *faultStore) Outbox(ctx context.Context, l store.Lane, after store.Seq, n int) ([]store.Notification, error) {
	f.mu.Lock()
	if f.reads == nil {
		f.reads = map[store.Lane][]store.Seq{}
	}
	f.reads[l] = append(f.reads[l], after)
	fault := f.read
	f.mu.Unlock()
	if fault != nil {
		if err := fault(l, after, n); err != nil {
			return nil, err
		}
	}
	rows, err := f.Store.Outbox(ctx, l, after, n)
	f.set(func() { f.rows += len(rows) })
	return rows, err
}

func (f *faultStore) readsOf(instance string) []store.Seq {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.reads)[store.Lane{Instance: instance}]
}

func (f *faultStore) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func names(prefix string, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%s-%05d", prefix, i)
	}
	return ids
}
