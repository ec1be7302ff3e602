package badgerstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dgraph-io/badger/v4"
)

// newFileError is what Badger 4.9.6 says, and refuses to open for, when it finds a log file of no length. The error itself is lost: it
// is printed into another one.
const newFileError = "Create a new file"

// openBadger opens the folder, and once more if a log file of no length stood in the way. The goroutines of the first attempt stay,
// idle: Badger does not end them.
func openBadger(o badger.Options) (*badger.DB, error) {
	db, err := badger.Open(o)
	if err == nil || !strings.Contains(err.Error(), newFileError) {
		return db, err
	}
	if err := removeEmptyLogs(o.Dir); err != nil {
		return nil, err
	}
	return badger.Open(o)
}

// flushLargeLogs has logs of larger memtables than the options' made into tables, by a store with such memtables: Badger reads a log into one
// memtable, and ends the process when it does not fit. They are there when the process before had other options and was killed.
func flushLargeLogs(o badger.Options) error {
	files, err := filesOf(o.Dir, logExt)
	if err != nil {
		return err
	}
	size := o.MemTableSize
	for _, f := range files {
		size = max(size, f.Size()/logShare)
	}
	if size == o.MemTableSize {
		return nil
	}
	db, err := openBadger(o.WithMemTableSize(size))
	if err != nil {
		return err
	}
	return db.Close()
}

// logShare is how much larger than its memtable Badger 4.9.6 makes a log file, until it closes it.
const logShare = 2

// removeEmptyLogs removes the log files of no length: a process killed while it makes or removes one leaves them. They hold nothing,
// and Badger does not open a folder that has one. The caller holds the lock.
func removeEmptyLogs(dir string) error {
	files, err := filesOf(dir, ".mem", ".vlog")
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Size() > 0 {
			continue
		}
		if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
			return fmt.Errorf("store %s: %w", dir, err)
		}
	}
	return nil
}

// filesOf lists the regular files with one of the endings.
func filesOf(dir string, endings ...string) ([]os.FileInfo, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", dir, err)
	}
	var files []os.FileInfo
	for _, e := range entries {
		if !e.Type().IsRegular() || !slices.Contains(endings, filepath.Ext(e.Name())) {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, os.ErrNotExist) { // Badger removes files as it works
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("store %s: %w", dir, err)
		}
		files = append(files, info)
	}
	return files, nil
}
