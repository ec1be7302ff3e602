package credential

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Export gives the contents of the two key files, sealed, as they are with the present master key: with it they open what the folder holds now.
func (v *Vault) Export() (keyset, storeKey []byte, err error) {
	if storeKey, err = readPrivate(v.config.storeKeyFile()); err != nil {
		return nil, nil, fmt.Errorf("export keys: %w", err)
	}
	k := v.keys.Load()
	if keyset, err = wrap(k.handle, k.master); err != nil {
		return nil, nil, fmt.Errorf("export keys: %w", err)
	}
	return keyset, storeKey, nil
}

// ImportVault makes a vault of what Export gave in c.Dir, where none may be. It makes no master key. Errors: ErrMasterKey, fs.ErrExist, ErrUnreadable.
func ImportVault(c VaultConfig, keyset, storeKey []byte) (*Vault, error) {
	if !c.given() {
		if c.MasterFile == "" {
			c.MasterFile = DefaultMasterFile(c.Dir)
		}
		if _, err := os.Stat(c.MasterFile); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w: %s does not exist: put the key there, name another file, or give the key itself", ErrMasterKey, c.MasterFile)
		}
	}
	master, err := c.master()
	if err != nil {
		return nil, err
	}
	if _, err := unwrap(keyset, master); err != nil { // before anything is written
		return nil, fmt.Errorf("%w: another one wrapped these keys, or they were changed", ErrMasterKey)
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	for path, content := range map[string][]byte{c.keysetFile(): keyset, c.storeKeyFile(): storeKey} {
		if err := writeNew(path, content); err != nil {
			return nil, fmt.Errorf("import keys: %w", err)
		}
	}
	v, err := OpenVault(c)
	if err == nil {
		_, err = v.StoreKey()
	}
	return v, err
}
