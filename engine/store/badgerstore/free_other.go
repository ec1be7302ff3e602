//go:build !unix

package badgerstore

import "math"

// Free is not known on this system: a budget has to bound the folder.
func (s *Store) Free() (int64, error) { return Free(s.dir) }

// Free is the same of a folder that need not be a store's.
func Free(string) (int64, error) { return math.MaxInt64, nil }
