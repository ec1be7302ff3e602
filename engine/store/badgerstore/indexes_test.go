package badgerstore

import (
	"testing"

	"github.com/dgraph-io/badger/v4"
)

// The cache of indexes has what the tables need that there are: from the start, and after every round of the upkeep.
func TestIndexesTakeWhatTheirTablesNeed(t *testing.T) {
	t.Parallel()
	for tree, want := range map[int64]int64{0: leastIndexes, 200 << 20: leastIndexes, 640 << 20: 20 << 20, 4 << 30: mostIndexes} {
		if got := indexesOf(tree); got != want {
			t.Errorf("%d MB of tables: %d bytes, want %d", tree>>20, got, want)
		}
	}
	s := setup(t, Config{Dir: t.TempDir(), Key: testKey, Small: true})
	for _, moment := range []string{"start", "round"} {
		if got, err := s.db.CacheMaxCost(badger.IndexCache, -1); got != leastIndexes || err != nil {
			t.Errorf("after the %s: %d bytes, want %d (%v)", moment, got, leastIndexes, err)
		}
		if _, err := s.db.CacheMaxCost(badger.IndexCache, mostIndexes); err != nil {
			t.Fatal(err)
		}
		if err := (&upkeep{Store: s}).round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
