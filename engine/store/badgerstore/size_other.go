//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package badgerstore

import "io/fs"

// blocks is the length of a file, where no more is known.
func blocks(info fs.FileInfo) int64 { return info.Size() }
