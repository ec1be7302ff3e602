package examples

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/plugin"
	"github.com/pollwright/pollwright/sdk"
	"github.com/pollwright/pollwright/sdk/sdktest"
)

// goModule builds the Go example, once: it takes seconds.
var goModule = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "examples-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, module)
	build := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", file, "./go")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compile: %w\n%s", err, out)
	}
	return os.ReadFile(file)
})

// modules are the example in all languages: Go built here, the others as they are in the repository.
func modules(t *testing.T) map[string][]byte {
	t.Helper()
	wasm, err := goModule()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{"go": wasm}
	for _, l := range languages {
		if all[l.name], err = os.ReadFile(filepath.Join(l.name, module)); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// sandboxed runs a module in the sandbox that the server runs it in. The host refuses what it would refuse there.
func sandboxed(t *testing.T, wasm []byte, key string) sdktest.Host {
	t.Helper()
	catalog, err := plugin.New(plugin.Config{Builtin: fstest.MapFS{module: {Data: wasm}}, CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := catalog.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return func(op int, input []byte) ([]byte, error) {
		answer, err := ask(catalog, key, op, input)
		if err != nil {
			return nil, err
		}
		doc, err := json.Marshal(answer)
		return append([]byte{sdk.ReplyOK}, doc...), err
	}
}

func ask(catalog *plugin.Catalog, key string, op int, input []byte) (any, error) {
	if op == sdk.OpDescribe {
		element, ok := catalog.Element(key)
		if !ok {
			return nil, fmt.Errorf("the catalog has no %s: %v", key, catalog.Refusals())
		}
		m := element.Manifest
		m.Body = sdk.BodyWhole // the catalog itself makes outlines of the bodies that it is given
		return m, nil
	}
	call, err := sdk.DecodeCall(input)
	if err != nil {
		return nil, err
	}
	reply, _, err := catalog.Step(context.Background(), key, call)
	return reply, err
}

func TestCasesInTheSandbox(t *testing.T) {
	t.Parallel()
	for name, wasm := range modules(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sdktest.Run(t, sandboxed(t, wasm, "larder"), "testdata/cases", "testdata/bodies")
		})
	}
}

// TestCasesOfAFreshBuild: the sources still build, with the compilers that are here.
func TestCasesOfAFreshBuild(t *testing.T) {
	t.Parallel()
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			if missing := l.missing(); missing != "" {
				t.Skipf("not built anew: missing %s", missing)
			}
			sdktest.Run(t, sandboxed(t, l.build(t), "larder"), "testdata/cases", "testdata/bodies")
		})
	}
}

// TestManifests: all languages describe the same adapter.
func TestManifests(t *testing.T) {
	t.Parallel()
	all := map[string]sdk.Manifest{}
	for name, wasm := range modules(t) {
		m, err := sandboxed(t, wasm, "larder").Manifest()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range m.Check() {
			t.Errorf("%s: %s", name, p)
		}
		all[name] = m
	}
	for name, m := range all {
		if diff := cmp.Diff(all["go"], m); diff != "" {
			t.Errorf("%s describes another adapter than go (- go, + %s):\n%s", name, name, diff)
		}
	}
}
