package badgerstore

import (
	"time"

	"github.com/dgraph-io/badger/v4"
)

// share is how much memory a cache of what tables hold has: a part of what the tables that there are have on the disk, within bounds.
type share struct {
	part        int64 // one of so many bytes
	least, most int64 // bytes
}

// Badger needs both caches with encryption.
var (
	indexShare = share{part: 32, least: 4 << 20, most: 32 << 20} // an index has some 2 % of its table
	blockShare = share{part: 8, least: 4 << 20, most: 32 << 20}  // rows as they were decrypted
)

// fitEvery is how often caches are fitted: a flooded store writes a gigabyte of tables in some minutes.
const fitEvery = time.Minute

// fitCaches gives caches as much memory as the tables that there are need. Badger leaves the index of a table in its cache when a compaction has
// removed the table, and rows that are never asked for again, so that every cache fills up, within half an hour under load.
func (s *Store) fitCaches() {
	tree := occupied(s.dir, ".sst")
	for cache, of := range map[badger.CacheType]share{badger.IndexCache: indexShare, badger.BlockCache: blockShare} {
		if _, err := s.db.CacheMaxCost(cache, of.of(tree)); err != nil {
			s.log.Warn("a cache of the store stays as large as it is", "err", err)
		}
	}
}

// of is how many bytes the cache has for so many bytes of tables.
func (s share) of(tree int64) int64 { return min(max(tree/s.part, s.least), s.most) }
