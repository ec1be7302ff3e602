package credential

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// keys are what a vault works with. They are never changed, only replaced.
type keys struct {
	master   tink.AEAD
	handle   *keyset.Handle
	aead     tink.AEAD
	outdated bool // the master key is the one before the last rotation
	unproven bool // no start has shown yet that who runs this has the master key of the last rotation
}

// open opens the keyset, whatever moment a rotation was cut short in: with the master key, else with the next one that lies beside it, else
// that of before the last rotation with the master key, which is then the one before.
func (c VaultConfig) open(master tink.AEAD) (*keys, error) {
	path := c.keysetFile()
	text, err := readPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = c.makeKeyset(path, master)
	}
	if err != nil {
		return nil, err
	}
	if k, err := unwrap(text, master); err == nil {
		return k, nil
	}
	if next, ok := c.nextMaster(); ok {
		if k, err := unwrap(text, next); err == nil {
			return k, nil
		}
	}
	if older, err := readPrivate(c.olderKeysetFile()); err == nil {
		if k, err := unwrap(older, master); err == nil {
			k.outdated = true
			return k, nil
		}
	}
	if !bytes.Contains(text, []byte("encryptedKeyset")) {
		return nil, fmt.Errorf("%w: %s is empty or damaged: put it back from a backup", ErrIncomplete, path)
	}
	return nil, fmt.Errorf("%w: it does not open %s: another one wrapped it (or the file was changed); give the key this folder was made with, or that of the last rotation",
		ErrMasterKey, path)
}

// unwrap reads a keyset that a master key has wrapped.
func unwrap(text []byte, master tink.AEAD) (*keys, error) {
	handle, err := keyset.ReadWithAssociatedData(keyset.NewJSONReader(bytes.NewReader(text)), master, []byte(keysetContext))
	if err != nil {
		return nil, err
	}
	return newKeys(handle, master)
}

func newKeys(handle *keyset.Handle, master tink.AEAD) (*keys, error) {
	seal, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("keyset: %w", err)
	}
	return &keys{master: master, handle: handle, aead: seal}, nil
}

func wrap(handle *keyset.Handle, master tink.AEAD) ([]byte, error) {
	var text bytes.Buffer
	err := handle.WriteWithAssociatedData(keyset.NewJSONWriter(&text), master, []byte(keysetContext))
	return text.Bytes(), err
}

func (c VaultConfig) makeKeyset(path string, master tink.AEAD) ([]byte, error) {
	if sealed := c.firstSealed(c.storeKeyFile()); sealed != "" {
		if text, err := readPrivate(path); err == nil { // as in makeMaster
			return text, nil
		}
		return nil, fmt.Errorf("%w: %s does not exist, but %s is sealed under it: put the file back from a backup", ErrIncomplete, path, sealed)
	}
	handle, err := keyset.NewHandle(aead.XChaCha20Poly1305KeyTemplate()) // 192-bit nonces: no limit on how often it seals
	if err != nil {
		return nil, err
	}
	text, err := wrap(handle, master)
	if err != nil {
		return nil, err
	}
	if err := writeNew(path, text); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return readPrivate(path)
		}
		return nil, err
	}
	return text, nil
}
