// Package dist holds the built adapters, embedded into the program: the *.wasm files that `make plugins` writes into this folder. Without
// any the package still compiles and has no modules, so that `go vet ./...` and `go test ./...` work in a fresh checkout.
//
// It only hands out bytes; it never looks into a module. It is called by server/command.
package dist

import (
	"embed"
	"io/fs"
)

// The pattern takes the whole folder, because one that matches only *.wasm does not compile as long as there is none.
//
//go:embed *
var files embed.FS

// Files is the folder with the *.wasm files, named after their element, for the catalog.
func Files() fs.FS { return files }
