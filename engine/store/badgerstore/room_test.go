package badgerstore

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pollwright/pollwright/engine/store"
)

// On a disk without room a commit fails the store, and changes nothing; reading commits nothing and goes on until then. With room again all that was
// acknowledged is there.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	cfg := Config{Dir: t.TempDir()}
	s := setup(t, cfg)
	var free atomic.Int64
	free.Store(1 << 40)
	s.group.room.free = func(string) (int64, error) { return free.Load(), nil }
	putOne(t, s, "a", 0)
	free.Store(s.group.room.need - 1)
	if o, err := s.Commit(t.Context(), store.Change{Puts: []store.Put{{Key: store.Key{Name: "a"}, Expect: 7, Value: []byte("v")}}}); err != nil || !errors.Is(o[0].Err, store.ErrConflict) {
		t.Errorf("a conflict, which writes nothing: %+v, %v", o, err)
	}
	_, err := s.Commit(t.Context(), store.Change{Puts: []store.Put{{Key: store.Key{Name: "a"}, Expect: 1, Value: []byte("v")}}})
	if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), cfg.Dir) {
		t.Fatalf("a commit on a full disk: %v, want ErrFull and the folder", err)
	}
	<-s.Failed()
	if !errors.Is(s.Err(), ErrFull) {
		t.Errorf("the store has failed with %v", s.Err())
	}
	free.Store(1 << 40) // or Badger would stay open in this process
	s = reopen(t, s, cfg)
	if got := version(t, s, "a"); got != 1 {
		t.Errorf("version %d, want 1", got)
	}
}

// The smaller profile needs less room, and the greater can flush all its memory.
func TestRoomNeeded(t *testing.T) {
	t.Parallel()
	for small, want := range map[bool]int64{true: 32 << 20, false: 96 << 20} {
		if got := newRoom(Config{Dir: "d", Small: small}).need; got != want {
			t.Errorf("small %v: %d bytes, want %d", small, got, want)
		}
	}
}
