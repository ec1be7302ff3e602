package badgerstore

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
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

// The caches are as large as that from the start, and a minute after they were not.
func TestCachesTakeWhatTheirTablesNeed(t *testing.T) {
	t.Parallel()
	s := setup(t, Config{Dir: t.TempDir(), Key: testKey, Small: true, Sweep: 24 * time.Hour})
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		var run sync.WaitGroup
		run.Go(func() { _ = s.Run(ctx) })
		for _, moment := range []string{"at the start", "a minute later"} {
			for name, c := range map[string]struct {
				cache badger.CacheType
				want  int64
			}{"indexes": {badger.IndexCache, indexShare.least}, "blocks": {badger.BlockCache, blockShare.least}} {
				if got, err := s.db.CacheMaxCost(c.cache, -1); got != c.want || err != nil {
					t.Errorf("%s %s: %d bytes, want %d (%v)", name, moment, got, c.want, err)
				}
				if _, err := s.db.CacheMaxCost(c.cache, 100<<20); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(fitEvery)
			synctest.Wait()
		}
		stop()
		run.Wait()
	})
}
