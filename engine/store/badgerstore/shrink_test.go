package badgerstore

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/pollwright/pollwright/engine/store"
)

// TestALogOfALargeMemtableOpensWithSmallOnes: who starts with less memory after a kill finds everything. Badger itself would end the process, since
// the log does not fit.
func TestALogOfALargeMemtableOpensWithSmallOnes(t *testing.T) {
	t.Parallel()
	cfg := Config{Dir: t.TempDir(), Key: bytes.Repeat([]byte{7}, keySize)}
	s, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	const records = 240 // of 120 KB that do not compress: 28 MB
	key := func(i int) store.Key { return store.Key{Name: fmt.Sprintf("record/%d", i)} }
	for i := range records {
		value := make([]byte, 120<<10)
		for j := range value {
			value[j] = byte(random.Uint32())
		}
		copy(value, fmt.Sprint(i))
		if _, err := store.One(s.Commit(t.Context(), store.Change{Puts: []store.Put{{Key: key(i), Value: value}}})); err != nil {
			t.Fatal(err)
		}
	}
	left := filepath.Join(t.TempDir(), "left") // as a kill leaves it
	copyFolder(t, cfg.Dir, left)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	cfg.Dir, cfg.Small = left, true
	if s, err = Open(cfg); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for i := range records {
		got, err := s.Get(t.Context(), key(i))
		if err != nil || got[0].Version != 1 || !bytes.HasPrefix(got[0].Value, fmt.Append(nil, i)) {
			t.Fatalf("record %d: version %d, %v", i, got[0].Version, err)
		}
	}
}
