package plugin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// folder is what was found in Config.Dir. Whoever reads or changes its files holds Catalog.changing.
type folder struct {
	dir   string
	files map[string]*file // by name
}

// file is one .wasm of the folder.
type file struct {
	stamp   stamp
	digest  string   // of the bytes tried last; "" = they could not be read
	adapter *adapter // the last good version; nil = there was none
	err     error    // why the bytes tried last are not used; nil = they are
}

// stamp tells versions of a file apart without reading it.
type stamp struct {
	size int64
	time time.Time
}

func newFolder(dir string) *folder { return &folder{dir: dir, files: make(map[string]*file)} }

func (f *folder) names() []string { return slices.Sorted(maps.Keys(f.files)) }

// list returns the names and stamps of the .wasm files. Hidden ones are left out: tools that rename into place write there.
func (f *folder) list() (map[string]stamp, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, err
	}
	found := make(map[string]stamp)
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, ".wasm") || strings.HasPrefix(name, ".") {
			continue
		}
		var s stamp // of a file that cannot be looked at: zero, and reading it will say why
		if info, err := os.Stat(filepath.Join(f.dir, name)); err == nil {
			s = stamp{info.Size(), info.ModTime()}
		} else if os.IsNotExist(err) && e.Type().IsRegular() {
			continue // gone meanwhile
		}
		found[name] = s
	}
	return found, nil
}

// read returns a file's bytes.
func (f *folder) read(name string, limit int64) ([]byte, error) {
	path := filepath.Join(f.dir, name)
	info, err := os.Stat(path) // before opening: opening a pipe would wait
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", name)
	}
	r, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	wasm, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(wasm)) > limit {
		err = &SizeError{"module", max(info.Size(), int64(len(wasm))), limit}
	}
	return wasm, err
}

// rescan reads what is new, has changed, or is in touched (names that a notification was about), loads it, and publishes the outcome. A file
// that cannot be loaded is tried again when it changes; what was loaded from it before stays.
func (c *Catalog) rescan(ctx context.Context, touched map[string]bool) {
	c.changing.Lock()
	defer c.changing.Unlock()
	c.rescanHeld(ctx, touched)
}

func (c *Catalog) rescanHeld(ctx context.Context, touched map[string]bool) {
	if c.folder.dir == "" {
		return
	}
	found, err := c.folder.list()
	if err != nil {
		c.config.Logger.Warn("adapter folder unreadable", "dir", c.folder.dir, "err", err)
		return
	}
	var dropped []*adapter
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if ctx.Err() != nil {
			break
		}
		if old := c.load(ctx, name, found[name], touched[name]); old != nil {
			dropped = append(dropped, old)
		}
	}
	for name, f := range c.folder.files {
		if _, ok := found[name]; !ok {
			delete(c.folder.files, name)
			if f.adapter != nil {
				dropped = append(dropped, f.adapter)
			}
		}
	}
	c.publish()
	for _, a := range dropped { // after publish: no new call can find them
		a.release()
	}
}

// load brings one file up to date and returns the adapter that it replaced, nil if none.
func (c *Catalog) load(ctx context.Context, name string, s stamp, touched bool) (old *adapter) {
	f := c.folder.files[name]
	if f == nil {
		f = &file{}
		c.folder.files[name] = f
	} else if f.stamp == s && !touched && f.digest != "" {
		return nil
	}
	wasm, err := c.folder.read(name, c.config.Limits.Module)
	if err != nil {
		f.stamp, f.digest, f.err = s, "", err
		return nil
	}
	sum := sha256.Sum256(wasm)
	digest := hex.EncodeToString(sum[:])
	switch {
	case f.adapter != nil && f.adapter.Digest == digest:
		f.err = nil
	case f.stamp == s && f.digest == digest: // refused already
	default:
		a, err := c.install(ctx, wasm, name, false)
		if ctx.Err() != nil && err != nil {
			return nil // stopping says nothing about the file
		}
		if err == nil {
			if err = c.judge(a.Element); err != nil {
				a.release()
			}
		}
		f.err = err
		if err == nil {
			old, f.adapter = f.adapter, a
		}
	}
	f.stamp, f.digest = s, digest
	return old
}
