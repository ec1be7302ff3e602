package badgerstore

import (
	"context"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// A cache has what the tables need that there are, within its bounds.
func TestSharesOfTheTables(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cache      share
		tree, want int64
	}{
		{indexShare, 0, 4 << 20}, {indexShare, 100 << 20, 4 << 20}, {indexShare, 640 << 20, 20 << 20}, {indexShare, 4 << 30, 32 << 20},
		{blockShare, 0, 4 << 20}, {blockShare, 30 << 20, 4 << 20}, {blockShare, 160 << 20, 20 << 20}, {blockShare, 4 << 30, 32 << 20},
	} {
		if got := c.cache.of(c.tree); got != c.want {
			t.Errorf("%+v, %d MB of tables: %d bytes, want %d", c.cache, c.tree>>20, got, c.want)
		}
	}
}

// The caches are as large as that from the start, and soon again when they are not.
func TestCachesTakeWhatTheirTablesNeed(t *testing.T) {
	t.Parallel()
	s := setup(t, Config{Dir: t.TempDir(), Key: testKey, Small: true})
	kinds := map[badger.CacheType]int64{badger.IndexCache: indexShare.least, badger.BlockCache: blockShare.least}
	fit := func() bool {
		for cache, want := range kinds {
			got, err := s.db.CacheMaxCost(cache, -1)
			if err != nil {
				t.Fatal(err)
			}
			if got != want {
				return false
			}
		}
		return true
	}
	if !fit() {
		t.Error("the caches are not fitted at the start")
	}
	for cache := range kinds {
		if _, err := s.db.CacheMaxCost(cache, 100<<20); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.keepCachesFit(ctx, time.Millisecond)
	}()
	for deadline := time.Now().Add(time.Minute); !fit(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the caches are not fitted again")
		}
	}
	stop()
	<-ended
}
