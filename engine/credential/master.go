package credential

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"
)

const masterSize = 32 // bytes: AES-256-GCM

// DefaultMasterFile is where the master key of a data folder lies if nothing else is said: beside it, so that a copy of the folder does not
// hold its own key.
func DefaultMasterFile(dir string) string { return filepath.Clean(dir) + ".master.key" }

// master reads the master key, or makes it if this is the first start of all.
func (c VaultConfig) master() (tink.AEAD, error) {
	if len(c.Master) > 0 {
		return parseMaster(c.Master, "the given master key")
	}
	text, err := readPrivate(c.MasterFile)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = c.makeMaster()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMasterKey, err)
	}
	return parseMaster(text, c.MasterFile)
}

func (c VaultConfig) makeMaster() ([]byte, error) {
	if sealed := c.firstSealed(c.keysetFile(), c.storeKeyFile()); sealed != "" {
		if text, err := readPrivate(c.MasterFile); err == nil { // another process has made all of them since we looked
			return text, nil
		}
		return nil, fmt.Errorf("%s does not exist, but %s is sealed under it: put the file back, or give the key it held", c.MasterFile, sealed)
	}
	if err := os.MkdirAll(filepath.Dir(c.MasterFile), 0o700); err != nil {
		return nil, err
	}
	text := newMaster()
	err := writeNew(c.MasterFile, text)
	if errors.Is(err, fs.ErrExist) { // another process was first
		return readPrivate(c.MasterFile)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot be written: %w (name another file, or give the key itself)", err)
	}
	return text, nil
}

// newMaster is the text of a random master key.
func newMaster() []byte {
	key := make([]byte, masterSize)
	_, _ = rand.Read(key) // never fails
	return append([]byte(base64.StdEncoding.EncodeToString(key)), '\n')
}

// parseMaster reads 32 bytes as base64, standard or URL alphabet, with or without padding. Errors do not repeat the text.
func parseMaster(text []byte, from string) (tink.AEAD, error) {
	trimmed := string(bytes.TrimRight(bytes.TrimSpace(text), "="))
	key, err := base64.RawStdEncoding.DecodeString(trimmed)
	if err != nil {
		key, err = base64.RawURLEncoding.DecodeString(trimmed)
	}
	if err != nil || len(key) != masterSize {
		return nil, fmt.Errorf("%w: %s is not %d bytes in base64 (44 characters; `openssl rand -base64 32` makes one)", ErrMasterKey, from, masterSize)
	}
	return subtle.NewAESGCM(key)
}
