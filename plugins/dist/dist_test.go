package dist

import (
	"bytes"
	"io/fs"
	"testing"
)

// What is embedded, whether or not anything has been built.
func TestEmbeddedModulesAreWebAssembly(t *testing.T) {
	t.Parallel()
	if _, err := fs.Stat(Files(), "README.md"); err != nil {
		t.Fatalf("the folder is not embedded: %v", err)
	}
	names, err := fs.Glob(Files(), "*.wasm")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		wasm, err := fs.ReadFile(Files(), name)
		if err != nil || !bytes.HasPrefix(wasm, []byte("\x00asm\x01\x00\x00\x00")) { // magic and version of the WebAssembly core specification
			t.Errorf("%s is not a WebAssembly module: %v", name, err)
		}
	}
}
