package badgerstore

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"

	"github.com/pollwright/pollwright/engine/store"
)

const lockName = "pollwright.lock"

// Rows that the store keeps for itself.
const (
	formatRow = "format" // the version of layout.go
	seqRow    = "seq"    // the greatest sequence number that was given out
)

const layoutVersion = 2

// Open opens the store in cfg.Dir, or makes it. It starts the committer; Close waits for its end. Errors wrap ErrInUse, ErrWrongKey,
// ErrDamaged and ErrFull; in every case of error the folder holds what it held.
func Open(cfg Config) (*Store, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("store %s: %w", cfg.Dir, err)
	}
	held, err := lock(cfg.Dir)
	if err != nil {
		return nil, err
	}
	s, err := openLocked(cfg, held)
	if err != nil {
		return nil, errors.Join(err, held.Close())
	}
	return s, nil
}

func openLocked(cfg Config, held *os.File) (*Store, error) {
	if err := checkKey(cfg.Dir, cfg.Key); err != nil {
		return nil, err
	}
	if err := newRoom(cfg).check(); err != nil {
		return nil, err
	}
	known, err := readWitness(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", cfg.Dir, err)
	}
	fault := newFault()
	o := cfg.options(logger{cfg.Logger, fault.set})
	if err := verify(cfg.Dir, o, known, cfg.Logger); err != nil {
		return nil, fmt.Errorf("store %s: %w", cfg.Dir, err)
	}
	if err := removeEmptyLogs(cfg.Dir); err != nil {
		return nil, err
	}
	if err := flushLargeLogs(o); err != nil {
		return nil, fmt.Errorf("store %s: %w", cfg.Dir, err)
	}
	db, err := openBadger(o)
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", cfg.Dir, err)
	}
	last, moved, err := begins(db, cfg.Logger)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store %s: %w", cfg.Dir, err), db.Close())
	}
	if moved { // what moves a layout does not write as the committer does
		known = witness{}
	}
	seen, err := openWitness(cfg.Dir, known, durable(db))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return start(cfg, db, held, seen, fault, last), nil
}

// begins reads what the store keeps for itself, whether this program knows the layout, and the last sequence number, and moves an older
// layout to the present one.
func begins(db *badger.DB, log *slog.Logger) (last store.Seq, moved bool, err error) {
	var moving uint64
	err = db.Update(func(txn *badger.Txn) error {
		if err := checkLayout(txn); err != nil {
			return err
		}
		if moving, err = number(txn, movingRow); err != nil {
			return err
		}
		seq, err := number(txn, seqRow)
		last = store.Seq(seq)
		return err
	})
	if err != nil || moving == 0 {
		return last, false, err
	}
	log.Info("moving the store to a new layout", "from", moving, "to", layoutVersion)
	return last, true, migrate(db)
}

// checkLayout refuses what this program does not know, and begins what it does.
func checkLayout(txn *badger.Txn) error {
	layout, err := number(txn, formatRow)
	switch {
	case err != nil || layout == layoutVersion:
		return err
	case layout == 0:
		return txn.Set(ownKey(formatRow), numberRow(layoutVersion))
	case layout == 1:
		return errors.Join(txn.Set(ownKey(movingRow), numberRow(1)), txn.Set(ownKey(formatRow), numberRow(layoutVersion)))
	}
	return fmt.Errorf("layout of version %d, this program knows %d: it may be older than the folder", layout, layoutVersion)
}

// number reads one of the store's own rows; 0 if it is not there.
func number(txn *badger.Txn, name string) (n uint64, err error) {
	err = get(txn, ownKey(name), func(row []byte) error {
		n, err = readNumber(row)
		return err
	})
	return n, err
}

// checkKey looks at the key before anything is written: Badger itself would begin to open first.
func checkKey(dir string, key []byte) error {
	registry := filepath.Join(dir, badger.KeyRegistryFileName)
	if _, err := os.Stat(registry); errors.Is(err, os.ErrNotExist) {
		return checkNew(dir)
	}
	if err := verifyRegistry(registry); err != nil {
		return fmt.Errorf("store %s: %w", dir, err)
	}
	kr, err := badger.OpenKeyRegistry(badger.KeyRegistryOptions{Dir: dir, ReadOnly: true, EncryptionKey: key})
	if errors.Is(err, badger.ErrEncryptionKeyMismatch) {
		return fmt.Errorf("store %s: %w; nothing was changed", dir, ErrWrongKey)
	}
	if err != nil {
		return fmt.Errorf("store %s: %s: %w", dir, registry, err)
	}
	return kr.Close()
}

// checkNew refuses a folder that has data and has lost the file with its keys; Badger would make new ones.
func checkNew(dir string) error {
	files, err := filesOf(dir, ".sst", ".mem", ".vlog")
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Size() > 0 {
			return fmt.Errorf("store %s: %s is there but %s is missing: bring it back from a copy of the folder",
				dir, f.Name(), badger.KeyRegistryFileName)
		}
	}
	return nil
}
