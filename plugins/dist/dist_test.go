package dist

import (
	"bytes"
	"testing"
	"testing/fstest"
)

func TestModulesAreNamedAfterTheirElement(t *testing.T) {
	t.Parallel()
	got, err := modules(fstest.MapFS{
		"README.md":     {Data: []byte("# Built adapters")},
		"dist.go":       {Data: []byte("package dist")},
		"acton.wasm":    {Data: []byte("\x00asm1")},
		"icontact.wasm": {Data: []byte("\x00asm2")},
	})
	if err != nil || len(got) != 2 || string(got["acton"]) != "\x00asm1" || string(got["icontact"]) != "\x00asm2" {
		t.Errorf("modules = %q, %v", got, err)
	}
}

// What is embedded, whether or not anything has been built.
func TestEmbeddedModulesAreWebAssembly(t *testing.T) {
	t.Parallel()
	got, err := Modules()
	if err != nil {
		t.Fatal(err)
	}
	for name, wasm := range got {
		if !bytes.HasPrefix(wasm, []byte("\x00asm\x01\x00\x00\x00")) { // magic and version of the WebAssembly core specification
			t.Errorf("%s.wasm is not a WebAssembly module", name)
		}
	}
}
