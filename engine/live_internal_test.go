package engine

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/engine/store/memstore"
)

// TestLivesKeepsTheLastUsed: memory is bounded by number, what is not in it is read again, and what was changed is never shown as it was.
func TestLivesKeepsTheLastUsed(t *testing.T) {
	t.Parallel()
	s := memstore.New(time.Now)
	write := func(id int64, version store.Version, name string) {
		_, err := store.One(s.Commit(t.Context(), store.Change{Puts: []store.Put{{
			Key: instanceKey(id), Expect: version, Value: fmt.Appendf(nil, `{"id":%d,"name":%q}`, id, name),
		}}}))
		if err != nil {
			t.Fatal(err)
		}
	}
	l := newLives(s, 2)
	get := func(id int64) *live {
		in, err := l.get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	for id := range int64(3) {
		write(id+1, 0, "a")
	}
	one := get(1)
	get(2)
	if get(1) != one {
		t.Error("an instance that was used a moment ago was read again")
	}
	get(3)
	if len(l.byID) != 2 || l.used.Len() != 2 || get(1) != one {
		t.Errorf("%d and %d are kept, want 2, the last used", len(l.byID), l.used.Len())
	}
	write(1, 1, "b")
	l.forget(1)
	if in := get(1); in.Name != "b" || in.version != 2 {
		t.Errorf("%s of version %d, want b of version 2", in.Name, in.version)
	}
	if _, err := l.get(t.Context(), 4); !errors.Is(err, ErrNotFound) {
		t.Errorf("err %v, want %v", err, ErrNotFound)
	}
}
