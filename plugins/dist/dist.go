// Package dist holds the built adapters, embedded into the program: the *.wasm files that `make plugins` writes into this folder. Without
// any the package still compiles and has no modules, so that `go vet ./...` and `go test ./...` work in a fresh checkout.
//
// It only hands out bytes; it never looks into a module. It is called by server/command.
package dist

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

// The pattern takes the whole folder, because one that matches only *.wasm does not compile as long as there is none.
//
//go:embed *
var files embed.FS

// Files is the folder with the *.wasm files, named after their element, for the catalog.
func Files() fs.FS { return files }

// Modules returns the built-in adapters by element: {"icontact": <the bytes of icontact.wasm>}. The bytes belong to the caller. It is
// empty if none were built.
func Modules() (map[string][]byte, error) { return modules(files) }

func modules(from fs.FS) (map[string][]byte, error) {
	names, err := fs.Glob(from, "*.wasm")
	if err != nil {
		return nil, fmt.Errorf("list built-in adapters: %w", err)
	}
	all := make(map[string][]byte, len(names))
	for _, name := range names {
		wasm, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, fmt.Errorf("read built-in adapter %s: %w", name, err)
		}
		all[strings.TrimSuffix(name, ".wasm")] = wasm
	}
	return all, nil
}
