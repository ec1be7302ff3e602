package plugin

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/sdk"
	"github.com/pollwright/pollwright/sdk/sdktest"
)

// TestExamplesKeepTheContract asks the examples of the foreign languages in the sandbox itself, so that nonsense reaches the modules: the catalog
// asks no nonsense.
func TestExamplesKeepTheContract(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../sdk/examples/*/adapter.wasm")
	if err != nil || len(files) < 2 {
		t.Fatalf("found %q (%v), want the modules of at least two languages", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			t.Parallel()
			wasm, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			contract(t, wasm)
		})
	}
}

// The same of a module that the Go toolchain builds.
func TestGoExampleKeepsTheContract(t *testing.T) {
	t.Parallel()
	if testing.Short() || raceDetector {
		t.Skip("builds and compiles a Go adapter")
	}
	wasm, err := goModule("../../sdk/examples/go", filepath.Join(t.TempDir(), "larder.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	contract(t, wasm)
}

func contract(t *testing.T, wasm []byte) {
	c := newCatalog(t, Config{Builtin: fstest.MapFS{"larder.wasm": {Data: wasm}}, CacheDir: t.TempDir()}, nil)
	h := raw(t, c, "larder")
	sdktest.Contract(t, h,
		sdk.Call{Query: sdk.Query{Resource: "items"}},
		sdk.Call{Query: sdk.Query{Resource: "shelves"}})
	m, err := h.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	instances(t, m)
}

// instances makes an instance that polls a resource as the manifest says, for each resource.
func instances(t *testing.T, m sdk.Manifest) {
	t.Helper()
	for _, r := range m.Resources {
		draft, err := instance.Parse([]byte(`{"element":{"key":"larder"},"name":"Mine","tags":["t"],"configuration":{"api.key":"k","event.objects":"` + r.Name + `",
			"event.notification.enabled":true,"event.notification.callback.url":"https://example.com/cb"}}`))
		if err != nil {
			t.Fatal(err)
		}
		made, err := instance.New(draft, m, time.Unix(1_780_704_000, 0))
		if err != nil {
			t.Fatal(err)
		}
		if got := made.Instance.Resources; len(got) != 1 || got[0].Name != r.Name || made.Warnings != nil {
			t.Errorf("got %+v, warnings %v, want %s and no warning", got, made.Warnings, r.Name)
		}
	}
}

// raw hands operations to an adapter as they are, and gives the answer with its first byte.
func raw(t *testing.T, c *Catalog, key string) sdktest.Host {
	t.Helper()
	a, err := c.acquire(key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.release)
	return func(op int, input []byte) ([]byte, error) {
		limits := c.sandbox.limits
		out, _, err := c.sandbox.invoke(context.Background(), a, invocation{
			op: uint32(op), input: input, limit: limits.Output, fuel: limits.Fuel, time: limits.Deadline, clock: describeClock, seed: a.seed,
		})
		if said := new(AdapterError); errors.As(err, &said) {
			return append([]byte{sdk.ReplyError}, said.Text...), nil
		}
		return append([]byte{sdk.ReplyOK}, out...), err
	}
}
