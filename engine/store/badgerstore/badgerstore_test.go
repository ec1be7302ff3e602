package badgerstore

import (
	"bytes"
	"flag"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/engine/store/storetest"
)

var (
	child         = flag.String("child", "", "be the process that commits into this folder until it is killed")
	childCollects = flag.Bool("child.collects", false, "let its logs be small, and rewrite its value log without end")
)

func TestMain(m *testing.M) {
	flag.Parse()
	if *child != "" {
		os.Exit(commitForEver(*child, *childCollects))
	}
	os.Exit(m.Run())
}

func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, now func() time.Time) store.Store {
		return setup(t, Config{Dir: t.TempDir(), Now: now})
	})
}

// TestNoGoroutineStays is not parallel: it counts those of the process.
func TestNoGoroutineStays(t *testing.T) {
	before := goleak.IgnoreCurrent()
	s := setup(t, Config{Dir: t.TempDir()})
	putOne(t, s, "a", 0)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	goleak.VerifyNone(t, before)
}

// large is the length of a payload that is large.
const large = 1 << 20

var testKey = bytes.Repeat([]byte{7}, keySize)

// setup opens an encrypted store with the small profile and closes it in the end.
func setup(t testing.TB, cfg Config) *Store {
	t.Helper()
	if cfg.Key == nil {
		cfg.Key = testKey
	}
	cfg.Small = true
	s, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// reopen closes a store and opens its folder again.
func reopen(t *testing.T, s *Store, cfg Config) *Store {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return setup(t, cfg)
}

func putOne(t testing.TB, s *Store, name string, expect store.Version) {
	t.Helper()
	commit(t, s, store.Change{Puts: []store.Put{{Key: store.Key{Name: name}, Expect: expect, Value: []byte("v")}}})
}

func commit(t testing.TB, s *Store, c store.Change) store.Outcome {
	t.Helper()
	o, err := store.One(s.Commit(t.Context(), c))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func version(t testing.TB, s *Store, name string) store.Version {
	t.Helper()
	got, err := s.Get(t.Context(), store.Key{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return got[0].Version
}
