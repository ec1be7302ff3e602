package badgerstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4/y"
)

// witnessName is the file that says how far the store came. Badger's own files cannot: one that was cut exactly between two commits, or emptied,
// looks like one that never had more.
const witnessName = "pollwright.last"

// witness remembers the version of the last commit, and that from which on the store has kept this. It is written behind every commit, once that
// is synced, and not synced itself: that costs a commit microseconds. So it is never ahead of the folder, whatever ends the process. The kernel
// writes it within its own time (some 30 s), so after a loss of power it may be that much behind; what it says is true all the same.
//
// Every commit writes the store's own row of the sequence number, which no sweep or compaction can take away. So the greatest version of a whole
// folder is at least that of the last commit.
type witness struct {
	file  *os.File
	since uint64 // 0 = nothing is known
	last  uint64
}

const (
	witnessVersion = 1
	witnessLen     = 1 + 8 + 8 + crc32.Size
)

// readWitness reads what a former process left. Nothing is known without the file, as in a folder of an older program.
func readWitness(dir string) (w witness, err error) {
	row, err := os.ReadFile(filepath.Join(dir, witnessName))
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(row) == 0 {
		return w, nil
	}
	if err != nil {
		return w, err
	}
	switch {
	case len(row) != witnessLen || crc32.Checksum(row[:witnessLen-crc32.Size], y.CastagnoliCrcTable) != binary.BigEndian.Uint32(row[witnessLen-crc32.Size:]):
		return w, damaged(witnessName, errors.New("its checksum is wrong"))
	case row[0] != witnessVersion:
		return w, fmt.Errorf("%s has version %d, this program knows %d: it may be older than the folder", witnessName, row[0], witnessVersion)
	}
	return witness{since: binary.BigEndian.Uint64(row[1:]), last: binary.BigEndian.Uint64(row[9:])}, nil
}

// openWitness goes on with what is known of a folder whose last commit has a version; since is that version if nothing is.
func openWitness(dir string, known witness, version uint64) (*witness, error) {
	f, err := os.OpenFile(filepath.Join(dir, witnessName), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", dir, err)
	}
	w := &witness{file: f, since: known.since}
	if w.since == 0 {
		w.since = version
	}
	if err := w.saw(version); err != nil {
		return nil, fmt.Errorf("store %s: %w", dir, errors.Join(err, f.Close()))
	}
	return w, nil
}

// saw notes that the commit of a version is durable.
func (w *witness) saw(version uint64) error {
	w.last = version
	row := binary.BigEndian.AppendUint64(append(make([]byte, 0, witnessLen), witnessVersion), w.since)
	row = binary.BigEndian.AppendUint64(row, w.last)
	_, err := w.file.WriteAt(binary.BigEndian.AppendUint32(row, crc32.Checksum(row, y.CastagnoliCrcTable)), 0)
	return err
}

func (w *witness) close() error { return w.file.Close() }

// check holds what the files have against what is known: newest is the greatest version in the tables, logs are in their order. A kill leaves out
// nothing that was seen, and between two logs, or the tables and the first log, no commit is missing.
func (w witness) check(newest uint64, logs []logRange) error {
	if w.since == 0 {
		return nil
	}
	for _, l := range logs {
		if l.first == 0 {
			continue
		}
		if l.first > newest+1 && l.first > w.since+1 {
			return damaged(l.name, fmt.Errorf("it begins with commit %d, and of those before it only %d are there: a file was cut off or emptied", l.first, newest))
		}
		newest = max(newest, l.last)
	}
	if newest < w.last {
		name := "the last log"
		if len(logs) > 0 {
			name = logs[len(logs)-1].name
		}
		return damaged(name, fmt.Errorf("%d commits were stored, and %d are there: it was cut off or emptied, or one behind it is missing", w.last, newest))
	}
	return nil
}
