package badgerstore

import "fmt"

// room looks whether the disk has what Badger may write at once: its memory as tables. Badger writes to mapped files, and where the disk is full
// such a write does not return an error but ends the process (SIGBUS), from a goroutine of Badger's where nothing can be done about it. So the
// store looks before it opens, before each commit, and before it closes.
type room struct {
	dir  string
	need int64
	free func(dir string) (int64, error)
}

func newRoom(cfg Config) room {
	o := cfg.options(nil)
	return room{dir: cfg.Dir, need: int64(o.NumMemtables) * o.MemTableSize, free: Free}
}

// check returns an error that wraps ErrFull if there is not. Where that cannot be told there is.
func (r room) check() error {
	free, err := r.free(r.dir)
	if err != nil || free >= r.need {
		return nil
	}
	const mib = 1 << 20
	return fmt.Errorf("store %s: %w: %.1f MiB are free, the store needs %d MiB to write; make room and start again, all that was acknowledged is there",
		r.dir, ErrFull, float64(free)/mib, r.need/mib)
}
