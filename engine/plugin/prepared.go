package plugin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/tetratelabs/wazero"

	"github.com/pollwright/pollwright/engine/plugin/box"
	"github.com/pollwright/pollwright/engine/plugin/meter"
)

// prepared is a module as it is run: checked, metered and, where that is possible, begun at the image of its initialised self.
type prepared struct {
	Module  []byte
	Begun   bool         // it needs no initialisation
	Globals []box.Global // that the host sets back; with Begun
	Values  []uint64     // of Globals
	Image   []byte       // its memory; empty if Module holds it
	Size    int64        // of its memory in bytes; with Begun
}

// preparedVersion is part of the name of what is kept: another way to prepare makes it anew.
const preparedVersion = "2"

// prepare makes the module ready. The result is kept in the cache folder, which belongs to this user alone, by the digest of the original.
func (s *sandbox) prepare(ctx context.Context, wasm []byte) (prepared, error) {
	if s.cacheDir == "" {
		return s.prepareAnew(ctx, wasm)
	}
	kept := s.keptAt(wasm)
	if p, ok := s.kept(kept); ok {
		return p, nil
	}
	p, err := s.prepareAnew(ctx, wasm)
	if err != nil {
		return p, err
	}
	return p, writePrepared(kept, p)
}

// prepareNew is prepare for a module that is not part of the program.
func (s *sandbox) prepareNew(ctx context.Context, wasm []byte) (prepared, error) {
	if s.child == nil || s.cacheDir == "" {
		return s.prepare(ctx, wasm)
	}
	if p, ok := s.kept(s.keptAt(wasm)); ok {
		return p, nil
	}
	if err := s.prepareInChild(ctx, wasm); err != nil {
		return prepared{}, err
	}
	return s.prepare(ctx, wasm)
}

// keptAt is where a prepared module is kept.
func (s *sandbox) keptAt(wasm []byte) string {
	digest := sha256.Sum256(wasm)
	return filepath.Join(s.cacheDir, "prepared-"+preparedVersion, hex.EncodeToString(digest[:])+"-"+s.kind())
}

// kind is part of the name of what is made of a module: it differs by how the module is run.
func (s *sandbox) kind() string {
	if s.boxed {
		return "bare"
	}
	return "whole"
}

// kept reads a prepared module. One that is larger than is allowed now is prepared again, and refused for its size.
func (s *sandbox) kept(at string) (prepared, bool) {
	p, err := readPrepared(at)
	return p, err == nil && p.Size <= s.limits.Memory
}

func (s *sandbox) prepareAnew(ctx context.Context, wasm []byte) (prepared, error) {
	if err := checkShape(wasm); err != nil {
		return prepared{}, err
	}
	studio, err := s.newStudio(ctx)
	if err != nil {
		return prepared{}, err
	}
	defer func() { _ = studio.Close(ctx) }()
	// The original is judged before anything is changed: what it may not name in it, it could name afterwards.
	if err := validate(ctx, studio, wasm); err != nil {
		return prepared{}, err
	}
	metered, err := meter.Rewrite(wasm)
	if err != nil {
		return prepared{}, &ModuleError{err.Error()}
	}
	exposed, globals, err := box.Expose(metered)
	if errors.Is(err, box.ErrUnbakable) {
		return prepared{Module: metered}, s.tryOut(ctx, studio, metered)
	}
	if err != nil {
		return prepared{}, &ModuleError{err.Error()}
	}
	memory, values, err := s.photograph(ctx, studio, exposed, globals)
	if err != nil {
		return prepared{}, err
	}
	baked, err := box.Bake(exposed, globals, memory, values)
	if err != nil {
		return prepared{}, &ModuleError{err.Error()}
	}
	if s.boxed {
		return prepared{baked.Bare, true, globals, values, memory, int64(len(memory))}, nil
	}
	return prepared{Module: baked.Whole, Begun: true, Size: int64(len(memory))}, nil
}

// validate has a module judged. The interpreter takes a tenth of the time that the compiler would.
func validate(ctx context.Context, studio wazero.Runtime, wasm []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &ModuleError{fmt.Sprintf("the validator gave up: %v", p)}
		}
	}()
	code, err := studio.CompileModule(ctx, wasm)
	if err != nil {
		return &ModuleError{err.Error()}
	}
	if err := checkExports(code); err != nil {
		return errors.Join(err, code.Close(ctx))
	}
	return code.Close(ctx)
}

// readPrepared reads what writePrepared wrote; an error if it is not whole.
func readPrepared(name string) (p prepared, err error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return p, err
	}
	if len(data) < sha256.Size {
		return p, fs.ErrInvalid
	}
	body := data[sha256.Size:]
	if sum := sha256.Sum256(body); !slices.Equal(sum[:], data[:sha256.Size]) {
		return p, fs.ErrInvalid
	}
	return p, gob.NewDecoder(bytes.NewReader(body)).Decode(&p)
}

// writePrepared writes a file behind its own digest, at once or not at all.
func writePrepared(name string, p prepared) error {
	var body bytes.Buffer
	if err := gob.NewEncoder(&body).Encode(p); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), "new-*")
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body.Bytes())
	_, err = f.Write(append(sum[:], body.Bytes()...))
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
