package plugin

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/pollwright/pollwright/sdk"
)

// scratch holds what all tests of the binary share: the probe and a compile cache. A Go module takes seconds to compile.
var scratch string

func TestMain(m *testing.M) {
	if os.Getenv(asChild) != "" {
		if err := Child(context.Background(), os.Stdin, os.Stdout); err != nil {
			panic(err)
		}
		return
	}
	dir, err := os.MkdirTemp("", "plugin-test-")
	if err != nil {
		panic(err)
	}
	scratch = dir
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(dir)
		os.Exit(code)
	}))
}

// probeWasm builds testdata/probe with the Go toolchain, once.
var probeWasm = sync.OnceValues(func() ([]byte, error) {
	wasm, err := goModule("./testdata/probe", filepath.Join(scratch, "probe.wasm"))
	if err != nil {
		return nil, err
	}
	c, err := New(Config{Builtin: fstest.MapFS{"probe.wasm": {Data: wasm}}, CacheDir: filepath.Join(scratch, "cache")}) // warms the cache
	if err != nil {
		return nil, err
	}
	return wasm, c.Close(context.Background())
})

// goModule builds the module of a Go package into the file out, and reads it.
func goModule(pkg, out string) ([]byte, error) {
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", out, pkg)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=")
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, errors.New(string(text) + err.Error())
	}
	return os.ReadFile(out)
}

// newProbe makes a catalog of the probe alone, as a built-in.
func newProbe(t testing.TB, limits Limits) *Catalog {
	t.Helper()
	if testing.Short() || raceDetector {
		// The race detector makes wazero's compiler ten times slower and sees nothing of a guest; the small modules take the same way
		// through the host.
		t.Skip("builds and compiles a Go adapter")
	}
	wasm, err := probeWasm()
	if err != nil {
		t.Fatal(err)
	}
	limits.Failures = 1 << 30 // it fails on purpose
	return newCatalog(t, Config{
		Builtin: fstest.MapFS{"probe.wasm": {Data: wasm}}, CacheDir: filepath.Join(scratch, "cache"), Limits: limits,
	}, nil)
}

func TestGoAdapter(t *testing.T) {
	t.Parallel()
	c := newProbe(t, Limits{Memory: 64 << 20})
	call := func(resource string) sdk.Call {
		return sdk.Call{Query: sdk.Query{Resource: resource}, Now: 1_780_531_200_000}
	}
	said := func(t *testing.T, resource string) string {
		t.Helper()
		reply, cost, err := c.Step(t.Context(), "probe", call(resource))
		if err != nil || reply.Page == nil || len(reply.Page.Warnings) != 1 {
			t.Fatalf("%+v, %v, want a page with one warning", reply, err)
		}
		if cost.Pages == 0 || cost.Duration <= 0 {
			t.Errorf("cost %+v, want both figures", cost)
		}
		return reply.Page.Warnings[0]
	}
	for _, tt := range []struct{ name, resource, want string }{
		{"a counter is always fresh", "counter", "1"},
		{"nothing outside can be reached", "reach", "opened=0 env=0 args=0"},
		{"sleeping moves the clock", "sleep", "true"},
		{"a flood of stderr does no harm", "flood", "dry"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for range 2 {
				if got := said(t, tt.resource); got != tt.want {
					t.Errorf("%s: got %q, want %q", tt.resource, got, tt.want)
				}
			}
		})
	}
	t.Run("time and chance are functions of the input", func(t *testing.T) {
		t.Parallel()
		first, second := said(t, "world"), said(t, "world")
		if first != second {
			t.Errorf("the same call said %q, then %q", first, second)
		}
		if !strings.HasPrefix(first, "17805312") {
			t.Errorf("%q does not begin with the call's now", first)
		}
		later := call("world")
		later.Now += 1000
		reply, _, err := c.Step(t.Context(), "probe", later)
		if err != nil || reply.Page.Warnings[0] == first {
			t.Errorf("a second later: %+v, %v, want another time", reply, err)
		}
	})
	t.Run("fetch, then page, then records", func(t *testing.T) {
		t.Parallel()
		q := call("contacts")
		reply, _, err := c.Step(t.Context(), "probe", q)
		if err != nil || reply.Fetch == nil || reply.Fetch.Path != "/contacts" {
			t.Fatalf("%+v, %v, want a fetch of /contacts", reply, err)
		}
		q.State, q.Response = reply.Fetch.State, &sdk.Response{Status: 200, Body: []byte(`{"contacts":[ {"id": 1.0} , {"id":"ü\u00fc"}]}`)}
		reply, _, err = c.Step(t.Context(), "probe", q)
		if err != nil || reply.Page == nil || string(reply.Page.Memo) != `{"n":1}` {
			t.Fatalf("%+v, %v, want a page whose memo is the state", reply, err)
		}
		records, err := Slice(reply.Page.Records, q.Response.Body, 10)
		if diff := cmp.Diff([]string{`{"id": 1.0}`, `{"id":"ü\u00fc"}`}, asStrings(records)); diff != "" || err != nil {
			t.Errorf("%v, %s", err, diff)
		}
	})
}

func TestGoAdapterGoesWrong(t *testing.T) {
	t.Parallel()
	c := newProbe(t, Limits{Memory: 16 << 20, Deadline: 5 * time.Second})
	for _, tt := range []struct {
		resource string
		want     any
		text     string
	}{
		{"panic", new(*PanicError), `panic: adapter bug: bad field "x"`},
		{"index", new(*PanicError), "index out of range"},
		{"exit", new(*ExitError), "exited with code 3"},
		{"deadlock", new(*PanicError), "fatal error: all goroutines are asleep - deadlock!"},
		{"hoard", new(*PanicError), "out of memory"},
		{"recurse", new(*PanicError), "fatal error: "},
	} {
		t.Run(tt.resource, func(t *testing.T) {
			t.Parallel()
			_, _, err := c.Step(t.Context(), "probe", sdk.Call{Query: sdk.Query{Resource: tt.resource}})
			if !errors.As(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v, want a %T with %q", err, tt.want, tt.text)
			}
			if err != nil && len(err.Error()) > 3*maxText {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
		})
	}
	t.Run("spin", func(t *testing.T) {
		t.Parallel()
		fast := newProbe(t, Limits{Deadline: 300 * time.Millisecond})
		_, _, err := fast.Step(t.Context(), "probe", sdk.Call{Query: sdk.Query{Resource: "spin"}})
		var deadline *DeadlineError
		if !errors.As(err, &deadline) {
			t.Errorf("got %v, want a DeadlineError", err)
		}
	})
}

func asStrings[T ~[]byte](list []T) []string {
	var out []string
	for _, b := range list {
		out = append(out, string(b))
	}
	return out
}
