package badgerstore

import (
	"testing"

	"github.com/dgraph-io/badger/v4/options"
)

// TestOptionsThatKeepData holds the options whose change no other test could see: what is lost with the power, and what panics late.
func TestOptionsThatKeepData(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]Config{"default": {Dir: "d", Key: testKey}, "small": {Dir: "d", Key: testKey, Small: true}} {
		o := cfg.options(nil)
		for what, ok := range map[string]bool{
			"synced":                          o.SyncWrites,
			"encrypted":                       len(o.EncryptionKey) == keySize,
			"an index cache, with encryption": o.IndexCacheSize > 0,
			"a block cache, with encryption":  o.BlockCacheSize > 0,
			"one version":                     o.NumVersionsToKeep == 1,
			"not compressed twice":            o.Compression == options.None,
			"the lock of Badger, too":         !o.BypassLockGuard,
			"a check of what is read":         o.VerifyValueChecksum,
		} {
			if !ok {
				t.Errorf("%s: want %s", name, what)
			}
		}
	}
}
