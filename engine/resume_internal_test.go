package engine

import (
	"fmt"
	"sync"
	"testing"

	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/engine/store/badgerstore"
)

// TestEachInstanceFindsAll: whether they are few or many, every instance is read, once, and nothing else is.
func TestEachInstanceFindsAll(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 3, fewInstances - 1, fewInstances, 2500} {
		s, err := badgerstore.Open(badgerstore.Config{Dir: t.TempDir(), Small: true})
		if err != nil {
			t.Fatal(err)
		}
		var changes []store.Change
		for id := range int64(n) {
			changes = append(changes, store.Change{Puts: []store.Put{
				{Key: instanceKey(id), Value: fmt.Appendf(nil, `{"id":%d}`, id), Index: []store.Term{{Name: "instance", Value: "all"}}},
				{Key: stoppedKey(id), Value: []byte(`{}`)},
			}})
		}
		e := &Engine{store: s}
		if err := e.commitAll(t.Context(), changes); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		seen := map[string]int{}
		err = e.eachInstance(t.Context(), func(rec store.Record) {
			mu.Lock()
			defer mu.Unlock()
			seen[rec.Key.Name]++
		})
		if err != nil || len(seen) != n {
			t.Errorf("%d of %d instances were read: %v", len(seen), n, err)
		}
		for name, times := range seen {
			if times != 1 || name[:len(instancePrefix)] != instancePrefix {
				t.Errorf("%s was read %d times", name, times)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
