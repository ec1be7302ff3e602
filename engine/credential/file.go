package credential

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// readPrivate reads a small file that nobody else may read, and removes what a crash has left of earlier ones. A missing one is fs.ErrNotExist.
func readPrivate(path string) ([]byte, error) {
	data, err := look(path)
	if err == nil {
		removeLeftovers(path)
	}
	return data, err
}

// look is readPrivate without a trace, for folders that another process may work in.
func look(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	if open := info.Mode().Perm() & 0o077; open != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%s has mode %04o, so that others can read or change it: run chmod 600 %s", path, info.Mode().Perm(), path)
	}
	if info.Size() > 1<<20 {
		return nil, fmt.Errorf("%s has %d bytes: it is not a key file", path, info.Size())
	}
	return os.ReadFile(path)
}

// writeNew writes a file that does not exist yet, all or nothing: a file beside it, synced, linked to its name, folder synced. If somebody
// else was first it is fs.ErrExist and theirs stays.
func writeNew(path string, data []byte) error {
	dir, name := filepath.Split(path)
	temp, err := os.CreateTemp(dir, "."+name+".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }()
	_, err = temp.Write(data)
	if err == nil {
		err = temp.Sync()
	}
	if err := errors.Join(err, temp.Close()); err != nil {
		return err
	}
	if err := publish(temp.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// replace writes a file in place of the one of that name, if there is one: whoever reads it, also after a crash, has the old or the new one.
func replace(path string, data []byte) error {
	dir, name := filepath.Split(path)
	temp, err := os.CreateTemp(dir, "."+name+".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }()
	_, err = temp.Write(data)
	if err == nil {
		err = temp.Sync()
	}
	if err := errors.Join(err, temp.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// publish gives a finished file its name without replacing another. A file system without hard links gets a rename.
func publish(temp, path string) error {
	err := os.Link(temp, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if exists(path) {
		return fs.ErrExist
	}
	return os.Rename(temp, path)
}

// removeLeftovers removes what a crash in writeNew left. Only called once the file itself is there, so that nobody still needs them.
func removeLeftovers(path string) {
	dir, name := filepath.Split(path)
	left, _ := filepath.Glob(filepath.Join(dir, "."+name+".*.tmp"))
	for _, l := range left {
		_ = os.Remove(l)
	}
}

func syncFolder(dir string) error {
	if runtime.GOOS == "windows" { // folders cannot be synced there
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// exists reports whether there is a file, or a folder with something in it. What cannot be looked at counts as there.
func exists(path string) bool {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if err != nil || !info.IsDir() {
		return true
	}
	entries, err := os.ReadDir(path)
	return err != nil || len(entries) > 0
}
