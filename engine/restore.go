package engine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/pollwright/pollwright/engine/credential"
	"github.com/pollwright/pollwright/engine/store/badgerstore"
)

// Restored tells of a backup that was read to its end.
type Restored struct {
	Made time.Time `json:"made"` // the moment it is of
	Rows int64     `json:"rows"`
}

// stagingName is where a folder is made before its parts get their names.
const stagingName = ".restoring"

// Restore makes the data folder config.Dir of a backup. The folder must be empty, or not there. Of the config it needs Dir, MasterFile, MasterKey and
// Logger. After an error, or when ctx has ended, nothing of it is left.
func Restore(ctx context.Context, config Config, from io.Reader) (r Restored, err error) {
	if config, err = config.withDefaults(); err != nil {
		return r, fmt.Errorf("engine config: %w", err)
	}
	if err := vacant(config.Dir); err != nil {
		return r, err
	}
	_, missing := os.Stat(config.Dir)
	staging := filepath.Join(config.Dir, stagingName)
	if err := os.MkdirAll(config.Dir, 0o700); err != nil {
		return r, err
	}
	if err := os.Mkdir(staging, 0o700); err != nil {
		return r, err
	}
	defer func() {
		if err == nil {
			return
		}
		err = errors.Join(err, os.RemoveAll(staging))
		if missing != nil {
			err = errors.Join(err, os.Remove(config.Dir))
		}
	}()
	if r, err = restoreTo(ctx, config, staging, from); err != nil {
		return r, err
	}
	return r, publish(staging, config.Dir)
}

// CheckBackup reads a backup to its end and stores nothing. Of the config it needs MasterFile or MasterKey, and Logger.
func CheckBackup(ctx context.Context, config Config, from io.Reader) (r Restored, err error) {
	scratch, err := os.MkdirTemp("", "pollwright-check")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	made, _, rows, err := openBackup(config, scratch, from)
	if err != nil {
		return r, err
	}
	n, err := badgerstore.ReadDump(rows, func(_, _ []byte, _ uint64) error { return ctx.Err() })
	if err != nil {
		return r, damaged(err)
	}
	return Restored{made, n}, nil
}

// vacant refuses a folder that holds something. What a file system puts into its root is nothing.
func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		switch e.Name() {
		case "lost+found":
		case stagingName:
			return fmt.Errorf("%s: another restore works in it, or was killed there: remove %s if none does", dir, filepath.Join(dir, stagingName))
		default:
			return fmt.Errorf("%s is not empty, it holds %s: restore to a new folder, or move this one away", dir, e.Name())
		}
	}
	return err
}

// restoreTo makes the parts of a data folder.
func restoreTo(ctx context.Context, config Config, dir string, from io.Reader) (r Restored, err error) {
	made, vault, rows, err := openBackup(config, dir, from)
	if err != nil {
		return r, err
	}
	key, err := vault.StoreKey()
	if err != nil {
		return r, err
	}
	n, err := badgerstore.Restore(ctx, badgerstore.Config{Dir: filepath.Join(dir, "store"), Key: key, Small: config.SmallMemory, Logger: config.Logger}, rows)
	if err != nil {
		return r, damaged(err)
	}
	return Restored{made, n}, nil
}

// openBackup puts the keys of a backup into a folder and opens its rows.
func openBackup(config Config, dir string, from io.Reader) (made time.Time, vault *credential.Vault, rows io.Reader, err error) {
	in := bufio.NewReaderSize(from, longestHead)
	head, lines, err := readHead(in)
	if err != nil {
		return made, nil, nil, err
	}
	keys := credential.VaultConfig{Dir: dir, Master: config.MasterKey, MasterFile: config.MasterFile}
	if keys.MasterFile == "" {
		keys.MasterFile = credential.DefaultMasterFile(config.Dir)
	}
	vault, err = credential.ImportVault(keys, head.Keyset, head.StoreKey)
	if errors.Is(err, credential.ErrMasterKey) {
		return made, nil, nil, fmt.Errorf("the backup does not open: it needs the master key that the server had when it was made (%w)", err)
	}
	if err != nil {
		return made, nil, nil, damaged(err)
	}
	key, err := vault.OpenStreamKey(head.Key, []byte(backupKeyContext))
	if err != nil {
		return made, nil, nil, damaged(err)
	}
	rows, err = key.Open(in, lines)
	return head.Made, vault, rows, damaged(err)
}

// damaged tells what an altered file means.
func damaged(err error) error {
	if errors.Is(err, credential.ErrUnreadable) {
		return fmt.Errorf("the backup is damaged: take another copy of it, or an earlier one (%w)", err)
	}
	return err
}

// publish gives the parts their names. Until the keyset has its own, which is last, no server takes the folder.
func publish(staging, dir string) (err error) {
	parts := []string{"store", "store.key", "keyset.json"}
	for i, name := range parts {
		if err := os.Rename(filepath.Join(staging, name), filepath.Join(dir, name)); err != nil {
			for _, done := range parts[:i] {
				err = errors.Join(err, os.RemoveAll(filepath.Join(dir, done)))
			}
			return err
		}
	}
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = folder.Close() }()
	return errors.Join(os.Remove(staging), folder.Sync())
}
