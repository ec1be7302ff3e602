//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package badgerstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// lock takes the folder for this process, by a lock that ends with the process in whatever way. It is our own beside Badger's, because
// the folder is repaired before Badger opens it. Closing the file gives it back; the file stays, since removing it would let two
// processes lock two files of one name.
func lock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store %s: lock: %w", dir, err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		return f, nil
	}
	_ = f.Close()
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, fmt.Errorf("store %s: %w: stop it, or use another folder", dir, ErrInUse)
	}
	return nil, fmt.Errorf("store %s: lock: %w", dir, err)
}
