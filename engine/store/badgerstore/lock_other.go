//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package badgerstore

import (
	"fmt"
	"os"
	"runtime"
)

// lock refuses: without flock nothing keeps a second process from a folder that is being repaired.
func lock(dir string) (*os.File, error) {
	return nil, fmt.Errorf("store %s: folders cannot be locked on %s, run on Linux, macOS or a BSD", dir, runtime.GOOS)
}
