package badgerstore

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/y"
	"golang.org/x/sync/errgroup"
)

// values gathers what tables and logs say of the value log. Badger 4.9.6 reads of it, when it opens, no more than the last file, which it cuts off at
// the first entry that is not whole, and it gives the number of a last file that is missing to the next one.
//
// A file of the value log is synced before a place in it is written anywhere. So a kill, or a loss of power, leaves entries that are not whole only
// behind all that a place is known of, and all entries up to that must be whole.
type values struct {
	dir   string
	now   time.Time
	files map[uint32]*valueFile
	last  uint32 // the greatest number of one
	seed  maphash.Seed

	mu     sync.Mutex
	lost   map[uint64]bool // hashes of the keys that have a place in a file that is not there
	behind map[uint32]int  // of files that are not there and were begun behind the last that is: how many places are known
}

// valueFile is a file of the value log that has a length. One without counts as missing: a kill leaves one that was being made, or removed.
type valueFile struct {
	name        string
	size        int64
	first, last placed // of all that are known; of no length = none is
}

// placed is a place and the key of the row that lies there.
type placed struct {
	place
	key []byte
}

func newValues(dir string) (*values, error) {
	l := &values{dir: dir, files: map[uint32]*valueFile{}, seed: maphash.MakeSeed(), lost: map[uint64]bool{}, behind: map[uint32]int{}}
	files, err := filesOf(dir, valueExt)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		n, err := strconv.ParseUint(strings.TrimSuffix(f.Name(), valueExt), 10, 32)
		if err != nil || f.Size() == 0 {
			continue
		}
		l.files[uint32(n)] = &valueFile{name: f.Name(), size: f.Size()}
		l.last = max(l.last, uint32(n))
	}
	l.now, err = latest(dir)
	return l, err
}

// latest is the present, or when the folder was last written to if the clock has been set back since: what had expired then is not moved out of a
// file that is removed.
func latest(dir string) (time.Time, error) {
	folder, err := os.Stat(dir)
	if err != nil {
		return time.Time{}, err
	}
	files, err := filesOf(dir, ".sst", logExt, valueExt)
	if err != nil {
		return time.Time{}, err
	}
	now := time.Now()
	for _, f := range append(files, folder) {
		if t := f.ModTime(); t.After(now) {
			now = t
		}
	}
	return now, nil
}

func (l *values) wants(flags byte) bool { return flags&isPointer != 0 }

func (l *values) take(c cell) {
	p, ok := c.place()
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.files[p.file]
	switch {
	case f != nil:
		f.take(p, c.key)
	case p.file > l.last:
		l.behind[p.file]++
	case !expired(c.expires, l.now):
		l.lost[l.hash(c.key)] = true
	}
}

func (f *valueFile) take(p place, key []byte) {
	if f.first.length == 0 || p.offset < f.first.offset {
		f.first = placed{p, append(f.first.key[:0], key...)}
	}
	if p.end() > f.last.end() {
		f.last = placed{p, append(f.last.key[:0], key...)}
	}
}

// hash is of a key without its version. That two keys have the same could only hide a row that is lost: one of them is taken for the other's successor.
func (l *values) hash(key []byte) uint64 { return maphash.Bytes(l.seed, y.ParseKey(key)) }

func expired(at uint64, now time.Time) bool { return at != 0 && at <= uint64(max(0, now.Unix())) }

// verify reads the files, each up to the last place in it.
func (l *values) verify(registry *badger.KeyRegistry) error {
	if err := missing(l.behind); err != nil { // Badger never removes the last one
		return err
	}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, f := range l.files {
		group.Go(func() error { return f.verify(l.dir, registry) })
	}
	return group.Wait()
}

func (f *valueFile) verify(dir string, registry *badger.KeyRegistry) error {
	file, err := os.Open(filepath.Join(dir, f.name))
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if end := max(f.last.end(), logHeader); f.size < end {
		return damaged(f.name, fmt.Errorf("it is cut off at %d, and a row lies at %d", f.size, f.last.offset))
	}
	in := bufio.NewReaderSize(file, 64<<10)
	header := make([]byte, logHeader)
	if _, err := io.ReadFull(in, header); err != nil {
		return err
	}
	key, err := registry.DataKey(binary.BigEndian.Uint64(header))
	if err != nil {
		return damaged(f.name, err)
	}
	return f.read(in, header, key.GetData())
}

// read looks whether the entries are whole, and whether the rows of the first and the last place are those of their keys: with a wrong header,
// all are whole and none can be read.
func (f *valueFile) read(in *bufio.Reader, header, key []byte) error {
	var entry []byte
	for at, end := int64(logHeader), f.last.end(); at < end; at += int64(len(entry)) {
		start, err := in.Peek(headMax)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		h := headAt(start, 0)
		n := int64(h.whole())
		if h.len == 0 || at+n > end {
			return damaged(f.name, fmt.Errorf("the entry at %d is wrong, and a row lies at %d", at, f.last.offset))
		}
		entry = slices.Grow(entry[:0], int(n))[:n]
		if _, err := io.ReadFull(in, entry); err != nil {
			return err
		}
		if whole, _ := entryAt(entry, 0); whole == 0 {
			return damaged(f.name, fmt.Errorf("the entry at %d is wrong, and a row lies at %d", at, f.last.offset))
		}
		for _, p := range []placed{f.first, f.last} {
			if at > int64(p.offset) || at+n <= int64(p.offset) {
				continue
			}
			text, err := clearText(entry[h.len:h.len+h.keyLen], key, header, int(at))
			if err != nil {
				return err
			}
			if int64(p.offset) != at || int64(p.length) != n || !bytes.Equal(text, p.key) {
				return damaged(f.name, fmt.Errorf("the row at %d is not the one that should lie there", p.offset))
			}
		}
	}
	return nil
}

// lostRows finds which rows are lost with the files that are not there. Badger removes a file once it has moved what is alive in it, and the old
// places stay in tables until a compaction meets them. The row of a key is the one of the greatest version; of the same version it is the one that
// was moved last, as rows are moved to files that are begun later, or, in a store with another inline, into the tree.
type lostRows struct {
	*values
	rows map[uint64]standing
}

// standing is what can be read under a key.
type standing struct {
	version uint64
	file    uint32 // where its row lies; inTree
	expires uint64
}

const inTree = math.MaxUint32

func newLostRows(l *values) *lostRows { return &lostRows{values: l, rows: map[uint64]standing{}} }

func (r *lostRows) wants(byte) bool { return true }

func (r *lostRows) take(c cell) {
	h := r.hash(c.key)
	if !r.lost[h] {
		return
	}
	s := standing{version: y.ParseTs(c.key), file: inTree, expires: c.expires}
	if p, ok := c.place(); ok {
		s.file = p.file
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if old, ok := r.rows[h]; !ok || old.version < s.version || old.version == s.version && old.file < s.file {
		r.rows[h] = s
	}
}

func (r *lostRows) verify() error {
	rows := map[uint32]int{}
	for _, s := range r.rows {
		if s.file != inTree && r.files[s.file] == nil && !expired(s.expires, r.now) {
			rows[s.file]++
		}
	}
	return missing(rows)
}

// missing names the first of the files that are missing, if any is.
func missing(rows map[uint32]int) error {
	if len(rows) == 0 {
		return nil
	}
	first := slices.Min(slices.Collect(maps.Keys(rows)))
	return damaged(fmt.Sprintf(numbered[valueExt], first), fmt.Errorf("it is missing: %d rows lie in it", rows[first]))
}
