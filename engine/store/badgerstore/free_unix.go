//go:build unix

package badgerstore

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Free is how many bytes the disk of the folder has left for this process.
func (s *Store) Free() (int64, error) { return Free(s.dir) }

// Free is the same of a folder that need not be a store's.
func Free(dir string) (int64, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return 0, fmt.Errorf("store %s: free space: %w", dir, err)
	}
	return int64(fs.Bavail) * int64(fs.Bsize), nil
}
