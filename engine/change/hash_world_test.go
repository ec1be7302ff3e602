package change

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// hashWorld is one resource in hash mode over a provider that is a map. Its state goes through Save and Load between polls, as in life.
type hashWorld struct {
	t       testing.TB
	rule    HashRule
	record  []byte
	chunks  map[string][]byte
	objects map[string]string // the provider's: id -> content
	size    int               // of a page
	ids     []string          // event ids, in order
	written int               // bytes
	untidy  bool              // the log is left as it is
	largest int               // chunk ever stored
}

func path(t testing.TB, text string) Path {
	t.Helper()
	p, err := ParsePath(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func watchHashes(t testing.TB, change ...func(*HashRule)) *hashWorld {
	t.Helper()
	w := &hashWorld{t: t, chunks: map[string][]byte{}, objects: map[string]string{}, size: 3}
	w.rule = HashRule{ID: path(t, "id"), Deletes: true}
	for _, f := range change {
		f(&w.rule)
	}
	if err := w.rule.Check(); err != nil {
		t.Fatal(err)
	}
	w.save(NewHashes(epoch))
	return w
}

func (w *hashWorld) load() *Hashes {
	w.t.Helper()
	var chunks []Chunk
	for _, id := range slices.Sorted(maps.Keys(w.chunks)) {
		chunks = append(chunks, Chunk{id, slices.Clone(w.chunks[id])})
	}
	h, err := LoadHashes(w.record, chunks)
	if err != nil {
		w.t.Fatal(err)
	}
	return h
}

func (w *hashWorld) save(h *Hashes) {
	w.t.Helper()
	record, chunks, err := h.Save()
	if err != nil {
		w.t.Fatal(err)
	}
	w.record = record
	size := len(record)
	for _, c := range chunks {
		size += len(c.Value)
		w.largest = max(w.largest, len(c.Value))
		if c.Value == nil {
			delete(w.chunks, c.ID)
		} else {
			w.chunks[c.ID] = slices.Clone(c.Value)
		}
	}
	w.written += size
	if size > 3<<19 || len(chunks) > 1200 {
		w.t.Errorf("one commit writes %d bytes in %d chunks", size, len(chunks))
	}
}

// set has the provider create or update objects: "a=1".
func (w *hashWorld) set(objects ...string) *hashWorld {
	for _, o := range objects {
		for i := range o {
			if o[i] == '=' {
				w.objects[o[:i]] = o[i+1:]
			}
		}
	}
	return w
}

func (w *hashWorld) del(ids ...string) *hashWorld {
	for _, id := range ids {
		delete(w.objects, id)
	}
	return w
}

// some makes n objects with a content.
func (w *hashWorld) some(prefix string, n int, content string) *hashWorld {
	for i := range n {
		w.objects[fmt.Sprintf("%s%04d", prefix, i)] = content
	}
	return w
}

func object1(id, content string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"id":%q,"content":%q}`, id, content))
}

// pages are what the provider would answer now.
func (w *hashWorld) pages() [][]json.RawMessage {
	var all []json.RawMessage
	for _, id := range slices.Sorted(maps.Keys(w.objects)) {
		all = append(all, object1(id, w.objects[id]))
	}
	return slices.Collect(slices.Chunk(all, w.size))
}

func (w *hashWorld) begin() (*Hashes, *HashScan) {
	h := w.load()
	s := BeginHash(w.rule, h, epoch)
	s.SetClock(time.Time{}, epoch)
	return h, s
}

// scan reads everything, and stores what there is to store.
func (w *hashWorld) scan() (told []string, counts Counts) {
	w.t.Helper()
	h, s := w.begin()
	s.Restart()
	for _, page := range w.pages() {
		changes, c := s.Page(page)
		told, counts = append(told, w.tell(changes)...), counts.Add(c)
		if h.Waiting() >= 256<<10 {
			s.Pause("somewhere", false)
			w.save(h)
		}
	}
	some, c := w.finish(h, s)
	return append(told, some...), counts.Add(c)
}

func (w *hashWorld) finish(h *Hashes, s *HashScan) (told []string, counts Counts) {
	w.t.Helper()
	for more := true; more; {
		var changes []Change
		var c Counts
		changes, c, more = s.Finish(5)
		told, counts = append(told, w.tell(changes)...), counts.Add(c)
		if more {
			s.Pause("end", false)
			w.save(h)
		}
	}
	if !s.Touched() {
		return told, counts
	}
	w.save(h)
	for !w.untidy && h.Tidy() {
		w.save(h)
	}
	return told, counts
}

func (w *hashWorld) tell(changes []Change) (told []string) {
	for _, c := range changes {
		told = append(told, string(c.Kind)+" "+c.ObjectID)
		w.ids = append(w.ids, EventID("1", "things", c))
	}
	return told
}

func (w *hashWorld) want(want ...string) Counts {
	w.t.Helper()
	told, counts := w.scan()
	if diff := cmp.Diff(want, told); diff != "" {
		w.t.Errorf("told (-want +got):\n%s", diff)
	}
	return counts
}

func (w *hashWorld) held() *Held {
	w.t.Helper()
	held, err := HeldIn(w.record)
	if err != nil {
		w.t.Fatal(err)
	}
	return held
}

func (w *hashWorld) decide(d Decision) {
	w.t.Helper()
	record, err := Decide(w.record, d)
	if err != nil {
		w.t.Fatal(err)
	}
	w.record = record
}
