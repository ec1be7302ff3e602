package badgerstore

import (
	"cmp"
	"crypto/aes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/table"
	"golang.org/x/sync/errgroup"
)

// verify reads all that Badger is about to open, and refuses a folder in which bytes were changed or cut off. Badger itself leaves out a table
// whose checksum is wrong, drops the rest of a log behind the first entry that is, removes tables that a cut manifest does not name, or panics:
// less would be there, and nothing would say so. The caller holds the lock, and the key is right.
func verify(dir string, o badger.Options, known witness, log *slog.Logger) error {
	manifest, err := readManifest(dir, o)
	if err != nil {
		return err
	}
	registry, err := badger.OpenKeyRegistry(badger.KeyRegistryOptions{Dir: dir, ReadOnly: true, EncryptionKey: o.EncryptionKey})
	if err != nil {
		return err
	}
	defer func() { _ = registry.Close() }()
	apart, err := newValues(dir)
	if err != nil {
		return err
	}
	newest, err := verifyTables(dir, manifest, registry, apart)
	if err != nil {
		return err
	}
	logs, err := verifyLogs(dir, registry, log, apart)
	if err != nil {
		return err
	}
	if err := verifyNamed(dir, manifest, registry, newest, logs); err != nil {
		return err
	}
	if err := known.check(newest, logs); err != nil {
		return err
	}
	if err := apart.verify(registry); err != nil || len(apart.lost) == 0 {
		return err
	}
	rows := newLostRows(apart) // all is read again, as few starts need to: those between a round of garbage collection and the next compactions
	if _, err := verifyTables(dir, manifest, registry, rows); err != nil {
		return err
	}
	if _, err := verifyLogs(dir, registry, slog.New(slog.DiscardHandler), rows); err != nil {
		return err
	}
	return rows.verify()
}

// verifyTables reads the tables that the manifest names, and returns the greatest version in them.
func verifyTables(dir string, manifest badger.Manifest, registry *badger.KeyRegistry, to cells) (newest uint64, err error) {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	var mu sync.Mutex
	for id, t := range manifest.Tables {
		group.Go(func() error {
			key, err := registry.DataKey(t.KeyID)
			if err != nil {
				return damaged(table.IDToFilename(id), err)
			}
			content, err := os.ReadFile(table.NewFilename(id, dir))
			if errors.Is(err, fs.ErrNotExist) {
				return damaged(table.IDToFilename(id), errors.New("it is missing"))
			}
			if err != nil {
				return err
			}
			version, err := verifyTable(content, key.GetData(), to)
			mu.Lock()
			defer mu.Unlock()
			newest = max(newest, version)
			return damaged(table.IDToFilename(id), err)
		})
	}
	return newest, group.Wait()
}

// verifyNamed refuses a manifest that does not name a whole table whose content lies nowhere else: Badger would remove it. A kill can leave a table
// that is not named, too: one that was being made from a log, which is still there, or from tables that have all its versions, or one that has been
// replaced by younger ones.
func verifyNamed(dir string, manifest badger.Manifest, registry *badger.KeyRegistry, newest uint64, logs []logRange) error {
	tables, err := filesOf(dir, ".sst")
	if err != nil {
		return err
	}
	youngest := uint64(0)
	for id := range manifest.Tables {
		youngest = max(youngest, id)
	}
	for _, f := range tables {
		id, ok := table.ParseFileID(f.Name())
		if !ok || id <= youngest {
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return err
		}
		version, whole := versionOf(content, registry)
		inLog := slices.ContainsFunc(logs, func(l logRange) bool { return l.first <= version && version <= l.last })
		if whole && version > newest && !inLog {
			return damaged(badger.ManifestFilename, fmt.Errorf("it is cut off: %s is not in it, and what that holds is nowhere else (commits up to %d; the tables have %d, the logs %v)",
				f.Name(), version, newest, logs))
		}
	}
	return nil
}

// versionOf is the greatest version in a table of which it is not known with which key it was encrypted, and whether it is whole.
func versionOf(content []byte, registry *badger.KeyRegistry) (version uint64, whole bool) {
	for id := uint64(0); ; id++ {
		key, err := registry.DataKey(id)
		if err != nil {
			return 0, false
		}
		if version, err := verifyTable(content, key.GetData(), nil); err == nil {
			return version, true
		}
	}
}

// registryHeader is what is before the keys in the key registry of Badger 4.9.6: an initialization vector and an encrypted text that tells whether the
// key is right.
const registryHeader = aes.BlockSize + len("Hello Badger")

// verifyRegistry checks the lengths and checksums of the keys, which are encrypted: Badger takes a length for granted.
func verifyRegistry(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if len(content) < registryHeader {
		return damaged(badger.KeyRegistryFileName, errors.New("it is cut off"))
	}
	for rest := content[registryHeader:]; len(rest) > 0; {
		if len(rest) < 8 || uint64(binary.BigEndian.Uint32(rest)) > uint64(len(rest)-8) {
			return damaged(badger.KeyRegistryFileName, errors.New("a key is cut off"))
		}
		end := 8 + int(binary.BigEndian.Uint32(rest))
		if crc(rest[8:end]) != uint64(binary.BigEndian.Uint32(rest[4:])) {
			return damaged(badger.KeyRegistryFileName, errors.New("the checksum of a key is wrong"))
		}
		rest = rest[end:]
	}
	return nil
}

// readManifest is empty for a new folder.
func readManifest(dir string, o badger.Options) (m badger.Manifest, err error) {
	f, err := os.Open(filepath.Join(dir, badger.ManifestFilename))
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return m, err
	}
	defer func() { _ = f.Close() }()
	m, _, err = badger.ReplayManifestFile(f, o.ExternalMagicVersion, o)
	return m, damaged(badger.ManifestFilename, err)
}

// verifyLogs reads the logs of what is not in tables yet, in their order. Those of no length hold nothing.
func verifyLogs(dir string, registry *badger.KeyRegistry, log *slog.Logger, to cells) (all []logRange, err error) {
	files, err := filesOf(dir, logExt)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int { // numbers of five digits, or more
		return cmp.Or(len(a.Name())-len(b.Name()), strings.Compare(a.Name(), b.Name()))
	})
	for _, f := range files {
		l := logRange{name: f.Name()}
		content, err := os.ReadFile(filepath.Join(dir, l.name))
		if err != nil {
			return nil, err
		}
		if len(content) == 0 {
			all = append(all, l)
			continue
		}
		parts, err := verifyLog(content)
		if err != nil {
			return nil, damaged(l.name, err)
		}
		if parts.dropped > 0 {
			log.Warn("the last commits in a log cannot be read and are left out: none of them was acknowledged, if the machine lost its power; otherwise the file "+
				"was damaged", "file", l.name, "bytes", parts.dropped)
		}
		key, err := registry.DataKey(binary.BigEndian.Uint64(content))
		if err != nil {
			return nil, damaged(l.name, err)
		}
		var errs [3]error
		l.first, errs[0] = txnVersionAt(content, parts.ends[0], key.GetData())
		l.last, errs[1] = txnVersionAt(content, parts.ends[1], key.GetData())
		errs[2] = logCells(content, parts.end, key.GetData(), to)
		if err := errors.Join(errs[:]...); err != nil {
			return nil, damaged(l.name, err)
		}
		all = append(all, l)
	}
	return all, nil
}

// damaged says which file is wrong, and how.
func damaged(file string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w: %w; bring the folder back from a copy", file, ErrDamaged, err)
}
