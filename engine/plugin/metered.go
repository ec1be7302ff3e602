package plugin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/pollwright/pollwright/engine/plugin/meter"
)

// wasiModule is the only module that may be imported from.
const wasiModule = "wasi_snapshot_preview1"

// checkShape refuses a module for what the compiler would accept, and its imports. The error is a *ModuleError.
func checkShape(wasm []byte) error {
	imports, err := meter.Check(wasm)
	if err != nil {
		return &ModuleError{err.Error()}
	}
	for _, i := range imports {
		switch {
		case i.Module != wasiModule:
			return &ModuleError{fmt.Sprintf("it imports %q.%q; only functions of %s may be imported", i.Module, i.Name, wasiModule)}
		case !wasiKnows(i.Name):
			return &ModuleError{fmt.Sprintf("it imports %q, which is not a function of %s", i.Name, wasiModule)}
		}
	}
	return nil
}

// meteredVersion is part of the name of what is kept: another way to meter makes it anew.
const meteredVersion = "1"

// metered gives the module as it is run: checked, validated and rewritten to spend fuel. The result is kept in the cache folder, which
// belongs to this user alone, by the digest of the original.
func (s *sandbox) metered(ctx context.Context, wasm []byte) ([]byte, error) {
	digest := sha256.Sum256(wasm)
	kept := filepath.Join(s.cacheDir, "metered-"+meteredVersion, hex.EncodeToString(digest[:])+".wasm")
	if s.cacheDir != "" {
		if out, err := readSealed(kept); err == nil {
			return out, nil
		}
	}
	if err := checkShape(wasm); err != nil {
		return nil, err
	}
	if err := validate(ctx, wasm); err != nil {
		return nil, err
	}
	out, err := meter.Rewrite(wasm)
	if err != nil {
		return nil, &ModuleError{err.Error()}
	}
	if s.cacheDir == "" {
		return out, nil
	}
	return out, writeSealed(kept, out)
}

// validate has the original judged before anything is changed: what it may not name in the original it could name afterwards. The
// interpreter takes it in a tenth of the time that the compiler would.
func validate(ctx context.Context, wasm []byte) (err error) {
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithCoreFeatures(features).WithDebugInfoEnabled(false))
	defer func() {
		if p := recover(); p != nil {
			err = &ModuleError{fmt.Sprintf("the validator gave up: %v", p)}
		}
		err = errors.Join(err, r.Close(ctx))
	}()
	if _, err := r.CompileModule(ctx, wasm); err != nil {
		return &ModuleError{err.Error()}
	}
	return nil
}

// readSealed reads what writeSealed wrote; an error if it is not whole.
func readSealed(name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if len(data) < sha256.Size {
		return nil, fs.ErrInvalid
	}
	out := data[sha256.Size:]
	if sum := sha256.Sum256(out); string(sum[:]) != string(data[:sha256.Size]) {
		return nil, fs.ErrInvalid
	}
	return out, nil
}

// writeSealed writes a file behind its own digest, at once or not at all.
func writeSealed(name string, out []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), "new-*")
	if err != nil {
		return err
	}
	sum := sha256.Sum256(out)
	_, err = f.Write(append(sum[:], out...))
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// slice is the fuel of one turn. When it is gone the host looks whether the call may go on; meanwhile neither the scheduler nor the
// garbage collector can stop the guest.
const slice = 200_000

// instantiateTick gives the runtime the import that metered modules have.
func instantiateTick(ctx context.Context, r wazero.Runtime) error {
	i64 := []api.ValueType{api.ValueTypeI64}
	_, err := r.NewHostModuleBuilder(meter.TickModule).NewFunctionBuilder().WithGoFunction(api.GoFunc(func(ctx context.Context, stack []uint64) {
		stack[0] = uint64(worldOf(ctx).refuel(ctx, int64(stack[0])))
	}), i64, i64).Export(meter.TickName).Instantiate(ctx)
	return err
}

// interrupted unwinds a guest whose call is over.
type interrupted struct{ cause error }

func (i interrupted) Error() string { return "interrupted: " + i.cause.Error() }

// errNoFuel is the cause of a call that spent all it had.
var errNoFuel = errors.New("out of fuel")

// refuel gives the guest a slice more, on top of what it owes (left is below zero).
func (w *world) refuel(ctx context.Context, left int64) int64 {
	if err := ctx.Err(); err != nil {
		panic(interrupted{err})
	}
	owed := max(-left, 0)
	if owed >= w.fuel {
		panic(interrupted{errNoFuel})
	}
	give := min(owed+slice, w.fuel)
	w.fuel -= give
	return left + give
}
