package badgerstore

import (
	"os"
	"path/filepath"
	"slices"
)

// Size is how many bytes of the disk the folder takes, now: the blocks of its files, not their lengths, for Badger makes its logs longer than
// what is in them. It costs a stat for each file. What cannot be read is left out.
func (s *Store) Size() int64 { return occupied(s.dir) }

// occupied sums the files with one of some endings; without one, all files.
func occupied(dir string, endings ...string) (bytes int64) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0
	}
	for _, e := range entries {
		if len(endings) > 0 && !slices.Contains(endings, filepath.Ext(e.Name())) {
			continue
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() { // else it is gone since
			bytes += blocks(info)
		}
	}
	return bytes
}
