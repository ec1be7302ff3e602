package workshop

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// language is a way to write adapters.
type language struct {
	name    string   // as --lang has it
	marker  string   // the file by which a project is known
	example string   // folder of its example within sdk.Source
	sdk     []string // files there that go beside it
	// needs are the programs of its build, each with what to do if it is not there.
	needs []need
	// build gives the commands that write the module; the first that cannot be run is an error.
	build func(dir, out string) ([]*exec.Cmd, error)
	// test, if not nil, runs the project's own tests natively.
	test func(dir string) *exec.Cmd
}

type need struct {
	program string
	// find looks for it; nil = on the PATH.
	find func(dir, program string) (string, error)
	hint string
}

var languages = []language{
	{
		name: "go", marker: "go.mod", example: "examples/go",
		needs: []need{{program: "go", hint: "install Go 1.24 or newer: https://go.dev/doc/install"}},
		build: buildGo,
		test: func(dir string) *exec.Cmd {
			return command(dir, goEnvironment, "go", "test", "./...")
		},
	},
	{
		name: "assemblyscript", marker: "package.json", example: "examples/assemblyscript", sdk: []string{"assemblyscript/pollwright.ts", "assemblyscript/package.json", "assemblyscript/package-lock.json"},
		needs: []need{
			{program: "node", hint: "install Node.js 20 or newer"},
			{program: "asc", find: findCompiler, hint: "run `npm ci` in the project's folder once; it fetches the compiler that package-lock.json names"},
		},
		build: buildAssemblyScript,
	},
	{
		name: "c", marker: "adapter.c", example: "examples/c", sdk: []string{"c/pollwright.h"},
		needs: []need{
			{program: "clang", hint: "install clang 14 or newer (Debian, Ubuntu: apt-get install clang lld)"},
			{program: "wasm-ld", hint: "install lld, of the same version as clang (Debian, Ubuntu: apt-get install clang lld)"},
		},
		build: buildC,
	},
}

// languageOf finds a language by its name.
func languageOf(name string) (language, error) {
	if i := slices.IndexFunc(languages, func(l language) bool { return l.name == name }); i >= 0 {
		return languages[i], nil
	}
	return language{}, fmt.Errorf("there is no language %q; there are %s", name, Languages())
}

// Languages names the languages that there is an SDK for.
func Languages() string {
	names := make([]string, len(languages))
	for i, l := range languages {
		names[i] = l.name
	}
	return strings.Join(names, ", ")
}

func markers() string {
	names := make([]string, len(languages))
	for i, l := range languages {
		names[i] = l.marker
	}
	return strings.Join(names, ", ")
}

// missing says what a build would lack, one line each.
func (l language) missing(dir string) (lines []string) {
	for _, n := range l.needs {
		find := n.find
		if find == nil {
			find = func(_, program string) (string, error) { return exec.LookPath(program) }
		}
		if _, err := find(dir, n.program); err != nil {
			lines = append(lines, fmt.Sprintf("%s is not there: %s", n.program, n.hint))
		}
	}
	return lines
}

// goEnvironment keeps a build within the folder and this machine: no workspace of a folder above, no download of another toolchain.
var goEnvironment = []string{"GOWORK=off", "GOTOOLCHAIN=local", "GOFLAGS=-mod=mod"}

func buildGo(dir, out string) ([]*exec.Cmd, error) {
	env := append(slices.Clone(goEnvironment), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	return []*exec.Cmd{command(dir, env, "go", "build", "-buildmode=c-shared", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", out, ".")}, nil
}

func buildC(dir, out string) ([]*exec.Cmd, error) {
	return []*exec.Cmd{command(dir, nil, "clang", "--target=wasm32", "-std=c11", "-O2", "-mbulk-memory", "-ffreestanding", "-nostdlib", "-Wall", "-Wextra", "-I.",
		"-Wl,--no-entry", "-Wl,--stack-first", "-Wl,--strip-all", "-o", out, "adapter.c")}, nil
}

func buildAssemblyScript(dir, out string) ([]*exec.Cmd, error) {
	asc, err := findCompiler(dir, "asc")
	if err != nil {
		return nil, err
	}
	return []*exec.Cmd{command(dir, nil, "node", asc, "adapter.ts", "-O3", "--runtime", "stub", "--use", "abort=", "--exportStart", "_initialize", "-o", out)}, nil
}

// findCompiler looks for the compiler of AssemblyScript as Node.js looks for packages: in the folder, and in those above.
func findCompiler(dir, _ string) (string, error) {
	at, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for {
		file := filepath.Join(at, "node_modules", "assemblyscript", "bin", "asc.js")
		if _, err := os.Stat(file); err == nil {
			return file, nil
		}
		if filepath.Dir(at) == at {
			return "", fmt.Errorf("the AssemblyScript compiler is not in node_modules of %s or of a folder above", dir)
		}
		at = filepath.Dir(at)
	}
}

// command is a program that is run in a folder.
func command(dir string, env []string, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	return cmd
}
