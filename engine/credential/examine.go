package credential

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// KeysFound is what Examine finds.
type KeysFound struct {
	New      bool   // there are no keys, and nothing that needs them: the first start makes them
	Given    bool   // the master key was given
	Outdated bool   // it is the one of before the last rotation
	Inside   bool   // its file lies in the data folder
	StoreKey []byte // what the store is encrypted with
}

// Examine looks whether the keys of a data folder open, as OpenVault and StoreKey would find, and changes nothing, whoever works in the folder. Errors
// are theirs.
func Examine(c VaultConfig) (f KeysFound, err error) {
	if c.MasterFile == "" {
		c.MasterFile = DefaultMasterFile(c.Dir)
	}
	f.Given = c.given()
	f.Inside = !f.Given && within(c.MasterFile, c.Dir)
	wrapped, err := look(c.keysetFile())
	if errors.Is(err, fs.ErrNotExist) {
		if sealed := c.firstSealed(c.storeKeyFile()); sealed != "" {
			return f, fmt.Errorf("%w: %s does not exist, but %s is sealed under it: put the file back from a backup", ErrIncomplete, c.keysetFile(), sealed)
		}
		f.New = true
		return f, c.examineNew()
	}
	if err != nil {
		return f, err
	}
	k, err := c.examineKeys(wrapped)
	if err != nil {
		return f, err
	}
	f.Outdated = k.outdated
	sealed, err := look(c.storeKeyFile())
	if errors.Is(err, fs.ErrNotExist) && c.firstSealed() == "" {
		return f, nil // a first start that was cut short
	}
	if err != nil {
		return f, fmt.Errorf("store key: %w", err)
	}
	if f.StoreKey, err = k.aead.Decrypt(sealed, []byte(storeKeyContext)); err != nil {
		return f, fmt.Errorf("%w: %s is damaged or belongs to another %s: put back the two files of one backup", ErrUnreadable, c.storeKeyFile(), c.keysetFile())
	}
	return f, nil
}

// examineNew judges the master key of a folder that has no keys yet.
func (c VaultConfig) examineNew() error {
	text, from := c.Master, "the given master key"
	if !c.given() {
		var err error
		if text, err = look(c.MasterFile); errors.Is(err, fs.ErrNotExist) {
			return nil // it will be made
		} else if err != nil {
			return fmt.Errorf("%w: %w", ErrMasterKey, err)
		}
		from = c.MasterFile
	}
	_, err := parseMaster(text, from)
	return err
}

// examineKeys opens the keyset with what would open it at a start.
func (c VaultConfig) examineKeys(wrapped []byte) (*keys, error) {
	older, _ := look(c.olderKeysetFile())
	next, _ := look(c.nextMasterFile())
	if c.given() {
		next = nil
	}
	text, from := c.Master, "the given master key"
	if !c.given() {
		var err error
		if text, err = look(c.MasterFile); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrMasterKey, err)
		}
		from = c.MasterFile
	}
	master, err := parseMaster(text, from)
	if err != nil {
		return nil, err
	}
	if k, err := unwrap(wrapped, master); err == nil {
		return k, nil
	}
	if second, err := parseMaster(next, "the next one"); err == nil {
		if k, err := unwrap(wrapped, second); err == nil {
			return k, nil
		}
	}
	if k, err := unwrap(older, master); err == nil {
		k.outdated = true
		return k, nil
	}
	return nil, fmt.Errorf("%w: it does not open %s: another one wrapped it (or the file was changed); give the key this folder was made with, or that of the last rotation",
		ErrMasterKey, c.keysetFile())
}

// within reports whether a file lies in a folder.
func within(file, dir string) bool {
	real := func(path string) string {
		if p, err := filepath.EvalSymlinks(path); err == nil {
			path = p
		}
		p, _ := filepath.Abs(path)
		return p
	}
	rel, err := filepath.Rel(real(dir), real(file))
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(os.PathSeparator))
}
