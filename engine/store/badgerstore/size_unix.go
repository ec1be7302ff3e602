//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package badgerstore

import (
	"io/fs"
	"syscall"
)

const blockSize = 512 // of st_blocks, whatever the file system's own is

// blocks is what a file takes on the disk: a sparse file less than its length.
func blocks(info fs.FileInfo) int64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int64(stat.Blocks) * blockSize
	}
	return info.Size()
}
