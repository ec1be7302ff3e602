package credential

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Rotation is what Rotate changes.
type Rotation struct {
	// Master is the new master key as base64 text of 32 bytes. If empty a random one is made; not for a vault that was given its key, which
	// could not keep it.
	Master []byte
	// DataKey has what is sealed from now on sealed with a new key of the keyset. The older ones stay, for what they have sealed.
	DataKey bool
}

// KeysState is what may be told of a vault's keys.
type KeysState struct {
	Given    bool     // the master key was given, and does not lie in the vault's file
	Outdated bool     // it is the one of before the last rotation
	Unproven bool     // the one of the last rotation was not used for a start yet
	DataKeys []uint32 // ids of the keyset's keys, oldest first
	Primary  uint32   // id of the one that seals
}

// State tells of the keys.
func (v *Vault) State() KeysState {
	k := v.keys.Load()
	info := k.handle.KeysetInfo()
	s := KeysState{Given: v.config.given(), Outdated: k.outdated, Unproven: k.unproven, Primary: info.GetPrimaryKeyId()}
	for _, key := range info.GetKeyInfo() {
		s.DataKeys = append(s.DataKeys, key.GetKeyId())
	}
	return s
}

// Rotate wraps the keyset with another master key, while the vault is used. Only the process that has the data folder may call it. Each step is
// durable before the next, so that a folder whose rotation was cut short opens, in this order:
//
// With a master key in a file: the new key is written beside it; the keyset is wrapped with it; it takes the place of the old file. With one that was
// given: the keyset is kept wrapped with the old key, and then wrapped with the new one. Both open it until the first start with the new one.
//
// Errors: ErrBadMaster, ErrMasterNeeded, ErrSameMaster, ErrUnproven, or those of the file system.
func (v *Vault) Rotate(r Rotation) error {
	v.rotating.Lock()
	defer v.rotating.Unlock()
	if err := v.settle(); err != nil { // what an earlier one that failed has left
		return fmt.Errorf("rotate keys: %w", err)
	}
	text, err := v.newMaster(r)
	if err != nil {
		return fmt.Errorf("rotate keys: %w", err)
	}
	fresh, err := parseMaster(text, "the new master key")
	if err != nil {
		return fmt.Errorf("rotate keys: %w", errors.Join(ErrBadMaster, err))
	}
	if err := v.rotate(text, fresh, r.DataKey); err != nil {
		return fmt.Errorf("rotate keys: %w", err)
	}
	return nil
}

// newMaster is the text of the new key.
func (v *Vault) newMaster(r Rotation) ([]byte, error) {
	switch {
	case len(r.Master) > 0:
		return append(bytes.TrimSpace(r.Master), '\n'), nil
	case v.config.given():
		return nil, ErrMasterNeeded
	}
	return newMaster(), nil
}

func (v *Vault) rotate(text []byte, fresh tink.AEAD, dataKey bool) error {
	c, k := v.config, v.keys.Load()
	present, err := wrap(k.handle, k.master)
	if err != nil {
		return err
	}
	if _, err := unwrap(present, fresh); err == nil {
		return ErrSameMaster
	}
	if k.unproven {
		return ErrUnproven
	}
	handle := k.handle
	if dataKey {
		if handle, err = addKey(handle); err != nil {
			return err
		}
	}
	next, err := newKeys(handle, fresh)
	if err != nil {
		return err
	}
	next.unproven = c.given()
	if err := v.keepBoth(text, handle, k.master); err != nil {
		return err
	}
	wrapped, err := wrap(handle, fresh)
	if err != nil {
		return err
	}
	if err := v.step("keyset", func() error { return replace(c.keysetFile(), wrapped) }); err != nil {
		return err
	}
	v.keys.Store(next) // not before it is durable: what a new key seals must be readable after a crash
	if c.given() {
		return nil
	}
	return v.step("master key", v.settle)
}

// keepBoth makes sure that the keyset opens with the new master key, once it is wrapped with it, as well as with the old one until then.
func (v *Vault) keepBoth(text []byte, handle *keyset.Handle, old tink.AEAD) error {
	c := v.config
	if !c.given() {
		return v.step("next master key", func() error { return replace(c.nextMasterFile(), text) })
	}
	older, err := wrap(handle, old)
	if err != nil {
		return err
	}
	return v.step("older keyset", func() error { return replace(c.olderKeysetFile(), older) })
}

// addKey adds a random key that seals from now on.
func addKey(handle *keyset.Handle) (*keyset.Handle, error) {
	m := keyset.NewManagerFromHandle(handle)
	id, err := m.Add(aead.XChaCha20Poly1305KeyTemplate())
	if err == nil {
		err = m.SetPrimary(id)
	}
	if err != nil {
		return nil, err
	}
	return m.Handle()
}

func (v *Vault) step(name string, do func() error) error {
	if v.config.stop != nil {
		if err := v.config.stop(name); err != nil {
			return err
		}
	}
	return do()
}

// Settle ends a rotation that was cut short, one way or the other, and drops what the last one kept of the older key if the present one opens the
// folder. It changes files: call it when the data folder is this process's alone.
func (v *Vault) Settle() error {
	v.rotating.Lock()
	defer v.rotating.Unlock()
	if err := v.settle(); err != nil {
		return fmt.Errorf("settle keys: %w", err)
	}
	return nil
}

func (v *Vault) settle() error {
	c := v.config
	if !c.given() {
		if err := c.settleMaster(); err != nil {
			return err
		}
	}
	wrapped, err := readPrivate(c.keysetFile())
	if err != nil {
		return err
	}
	_, err = unwrap(wrapped, v.keys.Load().master)
	switch { // a rotation may have failed after it had changed the keyset
	case err != nil && c.given():
		return nil // the older one is needed
	case err != nil:
		master, err := c.master()
		if err != nil {
			return err
		}
		k, err := c.open(master)
		if err != nil {
			return err
		}
		v.keys.Store(k)
	}
	removeLeftovers(c.olderKeysetFile())
	if k := v.keys.Load(); k.outdated || k.unproven {
		return nil
	}
	return remove(c.olderKeysetFile())
}

// settleMaster puts the next master key in the place of the old one if the keyset is wrapped with it, and removes it if the old one opens it.
func (c VaultConfig) settleMaster() error {
	text, err := readPrivate(c.nextMasterFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	wrapped, err := readPrivate(c.keysetFile())
	if err != nil {
		return err
	}
	if next, ok := c.nextMaster(); ok {
		if _, err := unwrap(wrapped, next); err == nil {
			if err := replace(c.realMasterFile(), text); err != nil {
				return err
			}
		}
	}
	master, err := c.master()
	if err != nil {
		return err
	}
	if _, err := unwrap(wrapped, master); err != nil { // neither key: nothing is thrown away
		return nil // open tells it
	}
	return remove(c.nextMasterFile())
}

// nextMaster is the key of a rotation that was cut short.
func (c VaultConfig) nextMaster() (tink.AEAD, bool) {
	if c.given() {
		return nil, false
	}
	text, err := readPrivate(c.nextMasterFile())
	if err != nil {
		return nil, false
	}
	key, err := parseMaster(text, c.nextMasterFile())
	return key, err == nil
}

func (c VaultConfig) given() bool { return len(c.Master) > 0 }

// realMasterFile is the file behind a link: it is replaced, and not the link.
func (c VaultConfig) realMasterFile() string {
	if real, err := filepath.EvalSymlinks(c.MasterFile); err == nil {
		return real
	}
	return c.MasterFile
}

func (c VaultConfig) nextMasterFile() string  { return c.realMasterFile() + ".next" }
func (c VaultConfig) olderKeysetFile() string { return filepath.Join(c.Dir, "keyset.older.json") }

// remove removes a file, if it is there, durably.
func remove(path string) error {
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}
