//go:build !wasip1

package sdk

import (
	"embed"
	"io/fs"
)

// source is embedded by name, so that nothing of a test's or a tool's gets into it by chance.
//
//go:embed *.go sdktest c/pollwright.h assemblyscript/pollwright.ts assemblyscript/*.json
//go:embed examples/go/*.go examples/c/*.c examples/assemblyscript/*.ts examples/testdata examples/fake.json
var source embed.FS

// Source is what an author's project is made of: this package and sdktest, the SDKs of the other languages, and the example adapters, as
// files below "." as in the folder of this package. The file of this function is left out, since it would want the rest.
func Source() fs.FS { return withoutSelf{source} }

type withoutSelf struct{ embed.FS }

const self = "source.go"

func (f withoutSelf) Open(name string) (fs.File, error) {
	if name == self {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return f.FS.Open(name)
}

func (f withoutSelf) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := f.FS.ReadDir(name)
	kept := entries[:0:0]
	for _, e := range entries {
		if name != "." || e.Name() != self {
			kept = append(kept, e)
		}
	}
	return kept, err
}
