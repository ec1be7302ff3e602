package credential

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// Associated data of the two files. Persisted formats: never change them.
const (
	keysetContext   = "pollwright keyset v1"
	storeKeyContext = "pollwright store key v1"
	storeKeySize    = 32
)

// VaultConfig says where the keys are.
type VaultConfig struct {
	Dir string // the data folder; keyset.json and store.key lie in it
	// Master is the master key as base64 text of 32 bytes. If empty it is read from MasterFile, which is made at the first start.
	Master     []byte
	MasterFile string // default DefaultMasterFile(Dir)
	// Sealed are further files and folders that only make sense with the keys, such as the store's folder: if one is there, a missing key is
	// an error and never made anew.
	Sealed []string

	stop func(step string) error // tests only: ends a rotation before a step, as a kill does
}

// Vault seals and opens small values. It is safe for concurrent use.
type Vault struct {
	config   VaultConfig
	keys     atomic.Pointer[keys]
	rotating sync.Mutex
}

// OpenVault opens the keyset of a data folder and makes it at the first start. A first start that was cut short is finished. Errors:
// ErrMasterKey, ErrIncomplete, or those of the file system.
func OpenVault(c VaultConfig) (*Vault, error) {
	if c.Dir == "" {
		return nil, errors.New("open vault: VaultConfig.Dir is empty: the data folder is expected")
	}
	if c.MasterFile == "" {
		c.MasterFile = DefaultMasterFile(c.Dir)
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open vault: %w", err)
	}
	master, err := c.master()
	if err != nil {
		return nil, fmt.Errorf("open vault: %w", err)
	}
	k, err := c.open(master)
	if err != nil {
		return nil, fmt.Errorf("open vault: %w", err)
	}
	v := &Vault{config: c}
	v.keys.Store(k)
	return v, nil
}

// Seal encrypts a value. Only Open with the same context gives it back, so that a sealed value cannot be moved to another name.
func (v *Vault) Seal(plain, context []byte) ([]byte, error) {
	sealed, err := v.keys.Load().aead.Encrypt(plain, context)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", context, err)
	}
	return sealed, nil
}

// Open decrypts a sealed value. Error: ErrUnreadable.
func (v *Vault) Open(sealed, context []byte) ([]byte, error) {
	plain, err := v.keys.Load().aead.Decrypt(sealed, context)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrUnreadable, context)
	}
	return plain, nil
}

// StoreKey gives the 32 bytes the store is encrypted with. They are made at the first start and lie sealed in store.key.
func (v *Vault) StoreKey() ([]byte, error) {
	path := v.config.storeKeyFile()
	sealed, err := readPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		sealed, err = v.makeStoreKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("store key: %w", err)
	}
	key, err := v.Open(sealed, []byte(storeKeyContext))
	if err != nil || len(key) != storeKeySize {
		return nil, fmt.Errorf("store key: %w: %s is damaged or belongs to another %s: put back the two files of one backup",
			ErrUnreadable, path, v.config.keysetFile())
	}
	return key, nil
}

func (v *Vault) makeStoreKey(path string) ([]byte, error) {
	if data := v.config.firstSealed(); data != "" {
		return nil, fmt.Errorf("%w: %s does not exist, but %s is encrypted with it: put the file back from a backup", ErrIncomplete, path, data)
	}
	key := make([]byte, storeKeySize)
	_, _ = rand.Read(key) // never fails
	sealed, err := v.Seal(key, []byte(storeKeyContext))
	if err != nil {
		return nil, err
	}
	if err := writeNew(path, sealed); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return readPrivate(path)
		}
		return nil, err
	}
	return sealed, nil
}

// Format implements fmt.Formatter: a vault shows nothing.
func (v *Vault) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "credential.Vault") }

func (c VaultConfig) keysetFile() string   { return filepath.Join(c.Dir, "keyset.json") }
func (c VaultConfig) storeKeyFile() string { return filepath.Join(c.Dir, "store.key") }

// Format implements fmt.Formatter: the master key is not shown.
func (c VaultConfig) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "credential.VaultConfig(%s)", c.Dir)
}

// firstSealed names something that a missing key would make unreadable.
func (c VaultConfig) firstSealed(also ...string) string {
	for _, path := range append(also, c.Sealed...) {
		if exists(path) {
			return path
		}
	}
	return ""
}
