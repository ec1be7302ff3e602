package badgerstore

import (
	"bytes"
	"cmp"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

const (
	keySize = 32      // AES-256
	inline  = 1 << 10 // a row of so many bytes or more goes to Badger's value log: it is written once, and compactions move its key only
)

// Config says where the store lies and how much memory it may take.
type Config struct {
	// Dir is the folder. It is made, for the owner only, if it is not there. One process at a time uses it.
	Dir string
	// Key encrypts everything on the disk (AES-256): 32 bytes. nil = in clear, for tests only. It must be the key of the first Open.
	Key []byte
	// Small has two memtables of 16 MB where the zero value has three of 32 MB, which take 0.3 GB more under load. The greatest change is half as
	// large, and still more than store.SafeBytes.
	Small bool
	// History is how long what was dropped can be read, counted from its commit. 0 = 7 days.
	History time.Duration
	// Sweep is the time between two rounds of Run. 0 = 10 minutes.
	Sweep time.Duration
	// OnCommit is told of each group that was committed, or was not. It is called by the committer, and must not block. nil = nobody.
	OnCommit func(Commit)
	// Logger is told what Badger has to say. nil = nobody.
	Logger *slog.Logger
	// Now is the clock that entries expire by, what was dropped grows old by, and that sequence numbers follow. nil = time.Now.
	Now func() time.Time

	tiny bool // logs are full in a moment, for tests of their collection
}

// Commit is one transaction of the committer.
type Commit struct {
	Requests int // calls of Commit that it is of, at least in part
	Bytes    int64
	Took     time.Duration
	Err      error
}

func (c Config) withDefaults() (Config, error) {
	if c.Dir == "" {
		return c, fmt.Errorf("store: Dir is empty, want the path of a folder")
	}
	if c.Key != nil && len(c.Key) != keySize {
		return c, fmt.Errorf("store %s: Key has %d bytes, want %d", c.Dir, len(c.Key), keySize)
	}
	if c.History < 0 || c.Sweep < 0 {
		return c, fmt.Errorf("store %s: History is %v and Sweep %v, want neither below 0", c.Dir, c.History, c.Sweep)
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return c, fmt.Errorf("store %s: %w", c.Dir, err)
	}
	c.Dir = dir
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.OnCommit == nil {
		c.OnCommit = func(Commit) {}
	}
	c.History, c.Sweep = cmp.Or(c.History, 7*24*time.Hour), cmp.Or(c.Sweep, 10*time.Minute)
	if c.Now == nil {
		c.Now = time.Now
	}
	return c, nil
}

// options are the result of measurements on Badger 4.9.6; each line that is not a default has its reason.
func (c Config) options(log badger.Logger) badger.Options {
	memtable, memtables := int64(32<<20), 3 // a smaller memtable also means less to write back at a sync
	if c.Small {
		memtable, memtables = 16<<20, 2
	}
	values := int64(64 << 20)
	if c.tiny {
		memtable, values = 8<<20, 1<<20
	}
	o := badger.DefaultOptions(c.Dir).
		WithSyncWrites(true).       // without it, acknowledged commits are lost with the power, always
		WithDetectConflicts(false). // the committer is the only writer
		WithNumVersionsToKeep(1).
		WithCompression(options.None). // rows are compressed already
		WithValueThreshold(inline).
		WithMemTableSize(memtable).
		WithNumMemtables(memtables).
		WithNumLevelZeroTables(4).
		WithNumLevelZeroTablesStall(12).
		WithNumCompactors(3).
		WithBaseTableSize(8 << 20).
		WithBaseLevelSize(256 << 20).
		WithBlockCacheSize(blockShare.most). // needed with encryption; see fitCaches
		WithIndexCacheSize(indexShare.most). // without it, an encrypted store panics at its first flush
		WithValueLogFileSize(values).
		WithVerifyValueChecksum(true). // a table is verified at the start, the value log where it is read
		WithMetricsEnabled(false).     // they are global to the process
		WithLogger(log)
	if c.Key != nil {
		o = o.WithEncryptionKey(bytes.Clone(c.Key)) // Badger keeps it
	}
	return o
}
