package plugin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/pollwright/pollwright/engine/plugin/box"
)

// sandbox is the one wazero runtime of the process, with its compile cache.
type sandbox struct {
	runtime  wazero.Runtime
	cache    wazero.CompilationCache
	cacheDir string
	limits   Limits
	parallel int
	boxed    bool // memories can be reset here
	child    func(context.Context) *exec.Cmd
	// childTime bounds it.
	childTime time.Duration
	logger    *slog.Logger
	witness   func(element string, input, memory []byte) // may be nil
}

// features are those of WebAssembly 2.0 without reference types: table.grow would take host memory that no limit counts. The Go, clang,
// Rust and AssemblyScript compilers do not need them for an adapter.
const features = api.CoreFeaturesV2 &^ api.CoreFeatureReferenceTypes

func newSandbox(ctx context.Context, config Config) (*sandbox, error) {
	cache, err := openCache(config.CacheDir)
	if err != nil {
		return nil, fmt.Errorf("compile cache: %w", err)
	}
	s := &sandbox{cache: cache, cacheDir: config.CacheDir, limits: config.Limits, parallel: config.Parallel, boxed: !config.Fresh,
		child: config.Child, childTime: childTime, logger: config.Logger, witness: config.Witness}
	if s.boxed {
		if err := box.Try(); err != nil {
			config.Logger.Info("adapters run in a fresh instance for each call, which costs milliseconds", "why", err)
			s.boxed = false
		}
	}
	s.runtime = wazero.NewRuntimeWithConfig(ctx, s.runtimeConfig(wazero.NewRuntimeConfig()).WithCompilationCache(cache))
	if err := instantiateHost(ctx, s.runtime); err != nil {
		return nil, errors.Join(err, s.close(ctx))
	}
	return s, nil
}

func (s *sandbox) runtimeConfig(c wazero.RuntimeConfig) wazero.RuntimeConfig {
	return c.WithCoreFeatures(features).WithMemoryLimitPages(uint32(s.limits.Memory / wasmPage)).WithDebugInfoEnabled(false)
}

// openCache opens the folder of compiled modules. What lies there is mapped as machine code, so it belongs to this user alone.
func openCache(dir string) (wazero.CompilationCache, error) {
	if dir == "" {
		return wazero.NewCompilationCache(), nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return nil, err
	}
	return wazero.NewCompilationCacheWithDir(dir)
}

// compile compiles a prepared module. It cannot be interrupted; the shape limits bound it.
func (s *sandbox) compile(ctx context.Context, wasm []byte) (wazero.CompiledModule, error) {
	code, err := s.compileOnce(ctx, wasm)
	if err != nil && s.cacheDir != "" && strings.Contains(err.Error(), "compilationcache") {
		// A damaged cache entry must not stop the start: the cache can always be made again.
		if clearErr := clearCache(s.cacheDir); clearErr != nil {
			return nil, errors.Join(err, clearErr)
		}
		code, err = s.compileOnce(ctx, wasm)
	}
	return code, err
}

// compileOnce compiles. A file that makes the compiler panic is a bad file, not the end of the process.
func (s *sandbox) compileOnce(ctx context.Context, wasm []byte) (code wazero.CompiledModule, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &ModuleError{fmt.Sprintf("the compiler gave up: %v", r)}
		}
	}()
	code, err = s.runtime.CompileModule(ctx, wasm)
	if err != nil && !strings.Contains(err.Error(), "compilationcache") {
		err = &ModuleError{err.Error()}
	}
	return code, err
}

func clearCache(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.Contains(path, "wazero-") {
			err = os.Remove(path)
		}
		return err
	})
}

// Names of the exports.
const (
	exportMemory = "memory"
	exportInit   = "_initialize"
	exportABI    = "pollwright_abi"
	exportBuf    = "pollwright_buf"
	exportCall   = "pollwright_call"
)

// checkExports refuses a module that lacks an entry point or has one of another type.
func checkExports(code wazero.CompiledModule) error {
	if _, ok := code.ExportedMemories()[exportMemory]; !ok {
		return &ModuleError{"it does not export its memory as \"memory\""}
	}
	const i32, i64 = api.ValueTypeI32, api.ValueTypeI64
	for _, want := range []struct {
		name            string
		params, results []api.ValueType
		optional        bool
	}{
		{exportABI, nil, []api.ValueType{i32}, false},
		{exportBuf, []api.ValueType{i32}, []api.ValueType{i32}, false},
		{exportCall, []api.ValueType{i32, i32}, []api.ValueType{i64}, false},
		{exportInit, nil, nil, true},
	} {
		f, ok := code.ExportedFunctions()[want.name]
		if !ok && want.optional {
			continue
		}
		if !ok {
			return &ModuleError{fmt.Sprintf("it does not export the function %s%s", want.name, signature(want.params, want.results))}
		}
		if string(f.ParamTypes()) != string(want.params) || string(f.ResultTypes()) != string(want.results) {
			return &ModuleError{fmt.Sprintf("its export %s has the type %s, must be %s",
				want.name, signature(f.ParamTypes(), f.ResultTypes()), signature(want.params, want.results))}
		}
	}
	return nil
}

// signature writes a function type: (i32, i32) -> (i64).
func signature(params, results []api.ValueType) string {
	list := func(types []api.ValueType) string {
		names := make([]string, len(types))
		for i, t := range types {
			names[i] = api.ValueTypeName(t)
		}
		return "(" + strings.Join(names, ", ") + ")"
	}
	return list(params) + " -> " + list(results)
}

// close ends the runtime, then the cache it runs on. No call may be running.
func (s *sandbox) close(ctx context.Context) error {
	return errors.Join(s.runtime.Close(ctx), s.cache.Close(ctx))
}
