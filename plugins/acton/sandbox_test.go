package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/pollwright/pollwright/engine/plugin"
	"github.com/pollwright/pollwright/sdk"
	"github.com/pollwright/pollwright/sdk/sdktest"
)

// The same cases, run by the compiled module in the sandbox that the server runs it in.
func TestCasesInTheSandbox(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	build := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(dir, "acton.wasm"), ".")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("compile: %v\n%s", err, out)
	}
	catalog, err := plugin.New(plugin.Config{Builtin: os.DirFS(dir), CacheDir: filepath.Join(dir, "cache")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := catalog.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	sdktest.Run(t, sandboxed(catalog), "testdata/cases", "testdata/bodies")
}

// sandboxed is the adapter in the catalog as a host of golden cases.
func sandboxed(catalog *plugin.Catalog) sdktest.Host {
	return func(op int, input []byte) ([]byte, error) {
		var answer any
		switch op {
		case sdk.OpDescribe:
			element, ok := catalog.Element("acton")
			if !ok {
				return nil, fmt.Errorf("the catalog has no acton: %v", catalog.Refusals())
			}
			answer = element.Manifest
		default:
			call, err := sdk.DecodeCall(input)
			if err != nil {
				return nil, err
			}
			if answer, _, err = catalog.Step(context.Background(), "acton", call); err != nil {
				return nil, err
			}
		}
		doc, err := json.Marshal(answer)
		return append([]byte{sdk.ReplyOK}, doc...), err
	}
}
