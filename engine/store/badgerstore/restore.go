package badgerstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/dgraph-io/badger/v4"
)

// Restore makes the store of a dump in cfg.Dir, where none may be, and returns how many rows it has. After an error the folder is to be thrown
// away.
func Restore(ctx context.Context, cfg Config, dump io.Reader) (rows int64, err error) {
	cfg, err = cfg.withDefaults()
	if err != nil {
		return 0, err
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return 0, fmt.Errorf("store %s: %w", cfg.Dir, err)
	}
	held, err := lock(cfg.Dir)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, held.Close()) }()
	found, err := filesOf(cfg.Dir, ".sst", ".mem", ".vlog", "") // the last: Badger's manifest and keys
	if err != nil {
		return 0, err
	}
	if len(found) > 0 {
		return 0, fmt.Errorf("store %s: there is one already: restore to another folder", cfg.Dir)
	}
	left := newRoom(cfg)
	if err := left.check(); err != nil {
		return 0, err
	}
	fault := newFault()
	db, err := openBadger(cfg.options(logger{cfg.Logger, fault.set}))
	if err != nil {
		return 0, fmt.Errorf("store %s: %w", cfg.Dir, err)
	}
	rows, err = restoreRows(ctx, db, left, dump)
	if err = errors.Join(err, db.Close(), fault.get()); err != nil {
		return rows, fmt.Errorf("store %s: restore: %w", cfg.Dir, err)
	}
	return rows, nil
}

// restoreRows puts the rows of a dump into an empty database. The batch splits itself: a folder that has a part of them is never used.
func restoreRows(ctx context.Context, db *badger.DB, left room, dump io.Reader) (rows int64, err error) {
	n := 0
	batch := db.NewWriteBatch()
	defer batch.Cancel()
	rows, err = ReadDump(dump, func(key, row []byte, expires uint64) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if n++; n%256 == 0 {
			if err := left.check(); err != nil {
				return err
			}
		}
		e := badger.NewEntry(key, row)
		e.ExpiresAt = expires
		return batch.SetEntry(e)
	})
	if err != nil {
		return rows, err
	}
	if err := batch.Flush(); err != nil {
		return rows, err
	}
	return rows, db.View(func(txn *badger.Txn) error {
		layout, err := number(txn, formatRow)
		if err == nil && (layout == 0 || layout > layoutVersion) {
			err = fmt.Errorf("layout of version %d, this program knows %d: it may be older than the backup", layout, layoutVersion)
		}
		return err
	})
}
