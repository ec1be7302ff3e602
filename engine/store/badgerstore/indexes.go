package badgerstore

import "github.com/dgraph-io/badger/v4"

// Of the cache of tables' indexes, which Badger needs with encryption: an index has some 2 % of its table.
const (
	indexShare   = 32 // part of the tree that the indexes have at most
	leastIndexes = 8 << 20
	mostIndexes  = 32 << 20
)

// fitIndexes gives the indexes as much memory as the tables that there are need. Badger leaves the index of a table in the cache when a compaction has
// removed the table, so that every cache fills up, within half an hour under load.
func (s *Store) fitIndexes() {
	if _, err := s.db.CacheMaxCost(badger.IndexCache, indexesOf(occupied(s.dir, ".sst"))); err != nil {
		s.log.Warn("cache of indexes stays as it is", "err", err)
	}
}

// indexesOf is how many bytes the indexes of so many bytes of tables may have.
func indexesOf(tree int64) int64 { return min(max(tree/indexShare, leastIndexes), mostIndexes) }
