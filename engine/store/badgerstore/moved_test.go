package badgerstore

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/pollwright/pollwright/engine/store"
)

// TestReadsWhileRowsAreMoved reads rows again and again while the files of the value log that they lie in are rewritten and removed.
func TestReadsWhileRowsAreMoved(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := setup(t, Config{Dir: t.TempDir(), Now: c.Now, History: day})
	noise := make([]byte, 2000)
	_, _ = rand.NewChaCha8([32]byte{8}).Read(noise)
	var keys []store.Key
	for i := range 50 {
		keys = append(keys, store.Key{Name: fmt.Sprintf("r/%02d", i)})
	}
	done := make(chan struct{})
	var readers sync.WaitGroup
	defer readers.Wait()
	defer close(done)
	for i, k := range keys {
		commit(t, s, store.Change{Puts: []store.Put{{Key: k, Value: noise[i:]}}})
	}
	for range 4 {
		readers.Go(func() {
			for i := 0; ; i = (i + 1) % len(keys) {
				select {
				case <-done:
					return
				default:
				}
				if got, err := s.Get(t.Context(), keys[i]); err != nil || !bytes.Equal(got[0].Value, noise[i:]) {
					t.Errorf("%s: %v, or another value", keys[i].Name, err)
					return
				}
			}
		})
	}
	for range 2 {
		fillAndDrop(t, s, 100<<10, 700) // more than a file
		c.move(2 * day)
		if _, err := s.sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.reclaim(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
