// Package examples tests the example adapter in its languages: the same golden cases, the same answers, in the sandbox of the server. The SDKs of
// the foreign languages are held against Go's.
package examples

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var write = flag.Bool("examples.write", false, "build the modules that are kept in the repository anew")

// language is a language that is built by a foreign toolchain. Its module is kept beside its source, so that nobody needs the toolchain to
// test it.
type language struct {
	name    string
	sources []string // files, from this folder
	tools   []string // programs or files that the build needs
	// command builds the module from the sources, which are together in the folder where it runs, without their own folders.
	command []string
}

// asc is the compiler of AssemblyScript, a script for node. `make examples` installs it.
const asc = "../assemblyscript/node_modules/assemblyscript/bin/asc.js"

var languages = []language{
	{
		name: "c", sources: []string{"../c/pollwright.h", "c/adapter.c"}, tools: []string{"clang", "wasm-ld"},
		command: []string{"clang", "--target=wasm32", "-std=c11", "-O2", "-mbulk-memory", "-ffreestanding", "-nostdlib",
			"-Wall", "-Wextra", "-Werror", "-Wl,--no-entry", "-Wl,--stack-first", "-Wl,--strip-all", "-o", module, "adapter.c"},
	},
	{
		name: "assemblyscript", sources: []string{"../assemblyscript/pollwright.ts", "assemblyscript/adapter.ts"}, tools: []string{"node", asc},
		command: []string{"node", absolute(asc), "adapter.ts", "-O3", "--runtime", "stub", "--use", "abort=", "--exportStart", "_initialize", "-o", module},
	},
}

// absolute makes a path that holds in every folder.
func absolute(file string) string {
	path, err := filepath.Abs(file)
	if err != nil {
		panic(err) // only if there is no current folder
	}
	return path
}

// module is the name of a built module, and sums that of the file with the digests of what it was built from, as sha256sum writes them.
const (
	module = "adapter.wasm"
	sums   = "adapter.sum"
)

// missing names what the build needs and is not here; "" if nothing.
func (l language) missing() string {
	var missing []string
	for _, tool := range l.tools {
		_, notProgram := exec.LookPath(tool)
		if _, notFile := os.Stat(tool); notProgram != nil && notFile != nil {
			missing = append(missing, tool)
		}
	}
	return strings.Join(missing, ", ")
}

// build makes the module in a folder of its own.
func (l language) build(t *testing.T) []byte {
	t.Helper()
	return compile(t, l.sources, l.command, module)
}

// compile copies sources to one folder, as in an author's project, and gives the file that command makes of them there.
func compile(t *testing.T, sources, command []string, file string) []byte {
	t.Helper()
	dir := t.TempDir()
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(source)), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", command, err, out)
	}
	wasm, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

// digests is the content of the file of sums: `sha256sum -c adapter.sum` in the example's folder judges it as well.
func (l language) digests(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	for _, file := range append([]string{l.name + "/" + module}, l.sources...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix("../"+file, "../"+l.name+"/")
		fmt.Fprintf(&out, "%x  %s\n", sha256.Sum256(text), name)
	}
	return out.String()
}

// TestBuiltModules: the modules in the repository were built from the sources in it. `make examples` runs it with -examples.write.
func TestBuiltModules(t *testing.T) {
	t.Parallel()
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			if *write {
				l.renew(t)
			}
			kept, err := os.ReadFile(filepath.Join(l.name, sums))
			if err != nil {
				t.Fatalf("%v; run `make examples`", err)
			}
			if want := l.digests(t); string(bytes.ReplaceAll(kept, []byte("\r"), nil)) != want {
				t.Fatalf("%s/%s was not built from these sources; run `make examples` and commit it.\n%s has\n%s\nwant\n%s", l.name, module, sums, kept, want)
			}
		})
	}
}

// renew builds the module into the repository.
func (l language) renew(t *testing.T) {
	t.Helper()
	if missing := l.missing(); missing != "" {
		t.Fatalf("cannot be built: missing %s", missing)
	}
	if err := os.WriteFile(filepath.Join(l.name, module), l.build(t), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(l.name, sums), []byte(l.digests(t)), 0o644); err != nil {
		t.Fatal(err)
	}
}
