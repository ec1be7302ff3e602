package plugin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrNoFolder is returned for a change of adapters when there is no folder to keep them in.
var ErrNoFolder = errors.New("there is no folder of adapters")

// ErrBuiltin is returned for a change of an adapter that is part of the program.
var ErrBuiltin = errors.New("the adapter is part of the program")

// KeyError means that a module speaks for another element than it is meant to.
type KeyError struct{ Want, Got string }

func (e *KeyError) Error() string {
	return fmt.Sprintf("the module speaks for the element %s, not for %s", e.Got, e.Want)
}

// Inspect checks a module as an installation would and tells what it is. Nothing is installed, and Config.Judge is not asked. Errors:
// *SizeError, *ModuleError, *CallError.
func (c *Catalog) Inspect(ctx context.Context, wasm []byte, source string) (Element, error) {
	a, err := c.install(ctx, wasm, source, false)
	if err != nil {
		return Element{}, err
	}
	defer a.release()
	return a.Element, nil
}

// Put checks a module, writes it into the folder as the adapter of its element, in place of the one that is there, and takes it up: calls that
// run end with the old one, the next ones use the new. After an error all is as it was. Errors: those of Inspect and of Config.Judge,
// *KeyError, ErrNoFolder, ErrBuiltin (unless files may override).
func (c *Catalog) Put(ctx context.Context, key string, wasm []byte) (Element, error) {
	if c.folder.dir == "" {
		return Element{}, ErrNoFolder
	}
	el, err := c.Inspect(ctx, wasm, key+".wasm")
	if err != nil {
		return Element{}, err
	}
	if el.Manifest.Key != key {
		return Element{}, &KeyError{key, el.Manifest.Key}
	}
	if err := c.judge(el); err != nil {
		return Element{}, err
	}
	c.changing.Lock()
	defer c.changing.Unlock()
	if err := c.mayPut(el); err != nil {
		return Element{}, err
	}
	name := c.fileOf(key)
	if name == "" {
		name = key + ".wasm"
	}
	if err := writeFile(filepath.Join(c.folder.dir, name), wasm); err != nil {
		return Element{}, err
	}
	c.rescanHeld(context.WithoutCancel(ctx), map[string]bool{name: true})
	if f := c.folder.files[name]; f == nil || f.err != nil || f.adapter == nil {
		return Element{}, fmt.Errorf("adapter %s is written, but not taken up: it will be tried again", name)
	}
	return c.folder.files[name].adapter.Element, nil
}

// mayPut refuses what publish would leave out.
func (c *Catalog) mayPut(el Element) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for key, a := range c.elements {
		if a.Builtin && key == el.Manifest.Key && !c.config.AllowOverride {
			return ErrBuiltin
		}
		if id := el.Manifest.ID; id != 0 && a.Manifest.ID == id && key != el.Manifest.Key {
			return &ModuleError{fmt.Sprintf("the element id %d already belongs to %s", id, key)}
		}
	}
	return nil
}

// Remove takes an adapter's file out of the folder. Calls that run end with it. Errors: ErrUnknownElement, ErrBuiltin, ErrNoFolder.
func (c *Catalog) Remove(ctx context.Context, key string) error {
	c.changing.Lock()
	defer c.changing.Unlock()
	name := c.fileOf(key)
	if name == "" {
		if el, ok := c.Element(key); ok && el.Builtin {
			return ErrBuiltin
		}
		return ErrUnknownElement
	}
	if err := os.Remove(filepath.Join(c.folder.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	c.rescanHeld(ctx, nil)
	return nil
}

// fileOf is the file that an element's adapter was loaded from, or would be if it were not refused.
func (c *Catalog) fileOf(key string) string {
	for _, name := range c.folder.names() {
		if f := c.folder.files[name]; f.adapter != nil && f.adapter.Manifest.Key == key || f.adapter == nil && name == key+".wasm" {
			return name
		}
	}
	return ""
}

// Retry tries again what was refused, because what Config.Judge says may have changed.
func (c *Catalog) Retry(ctx context.Context) {
	c.changing.Lock()
	defer c.changing.Unlock()
	for _, f := range c.folder.files {
		if f.err != nil {
			f.stamp, f.digest = stamp{}, ""
		}
	}
	c.rescanHeld(ctx, nil)
}

func (c *Catalog) judge(el Element) error {
	if c.config.Judge == nil {
		return nil
	}
	return c.config.Judge(el)
}

// writeFile writes a file as a whole or not at all. A name that begins with a dot is not looked at.
func writeFile(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
