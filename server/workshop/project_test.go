package workshop

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A new project of each language builds, passes its tests and sends events at once, as the README in it says.
func TestNewProject(t *testing.T) {
	t.Parallel()
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			d := setup(t)
			dir := d.project(l.name)
			if l.name == "assemblyscript" {
				borrowCompiler(t, dir)
			}
			if lines := l.missing(dir); len(lines) > 0 {
				if err := d.Build(t.Context(), dir); err == nil || !strings.Contains(err.Error(), lines[0]) {
					t.Errorf("without its tools a build gives %v, want it to say %q", err, lines[0])
				}
				t.Skipf("cannot be built here: %s", strings.Join(lines, "; "))
			}
			if err := d.Test(t.Context(), Test{Dir: dir}); err != nil {
				t.Fatalf("%v\n%s%s", err, d.out, d.err)
			}
			if l.test != nil && !strings.Contains(d.out.String(), "ok") {
				t.Errorf("there is nothing of native tests in\n%s", d.out)
			}
			if err := d.Run(t.Context(), Run{Path: dir, Fake: true}); err != nil {
				t.Fatalf("%v\n%s%s", err, d.out, d.err)
			}
			for _, want := range []string{"-> UPDATED items i-2", "-> CREATED items i-4", `"name":"Brown sugar"`, "Authorization: ********"} {
				if !strings.Contains(d.out.String(), want) {
					t.Errorf("%q is not in\n%s", want, d.out)
				}
			}
			if text := d.out.String() + d.err.String(); strings.Contains(text, "fake-key") {
				t.Errorf("the secret was printed:\n%s", text)
			}
			leftovers(t, dir)
		})
	}
}

// leftovers: nothing in a project speaks of the example it was made of.
func leftovers(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(file string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == ModuleFile || strings.Contains(file, "node_modules") {
			return err
		}
		text, err := os.ReadFile(file)
		if strings.Contains(strings.ToLower(string(text)), exampleKey) {
			t.Errorf("%s speaks of %s", file, exampleKey)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// borrowCompiler has a project use the compiler that the repository's SDK was given, if it was.
func borrowCompiler(t *testing.T, dir string) {
	t.Helper()
	modules, err := filepath.Abs("../../sdk/assemblyscript/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(modules); err != nil {
		return
	}
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		creation Creation
		want     string
	}{
		"no key":         {Creation{}, `"" cannot be the key`},
		"capitals":       {Creation{Key: "Acme"}, "lower-case letters"},
		"a path":         {Creation{Key: "../acme"}, "cannot be the key"},
		"a dash's end":   {Creation{Key: "acme-"}, "cannot be the key"},
		"language":       {Creation{Key: "acme", Language: "cobol"}, "there are go, assemblyscript, c"},
		"a full folder":  {Creation{Key: "acme", Dir: full}, "not empty"},
		"a file's place": {Creation{Key: "acme", Dir: filepath.Join(full, "x")}, "x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.creation.Dir == "" {
				c.creation.Dir = filepath.Join(t.TempDir(), "new")
			}
			if err := setup(t).Create(c.creation); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
}

func TestNameOf(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{"acme": "Acme", "acme-crm": "Acme Crm", "a.b2": "A B2"} {
		if got := nameOf(key); got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
}

func TestNoProject(t *testing.T) {
	t.Parallel()
	d := setup(t)
	if err := d.Build(t.Context(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "plugin new") {
		t.Errorf("an empty folder: got %v, want to be told how to make a project", err)
	}
	if err := d.Build(t.Context(), filepath.Join(t.TempDir(), "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: got %v", err)
	}
	if err := d.Run(t.Context(), Run{Path: d.project("c"), Fake: true}); err == nil || !strings.Contains(err.Error(), "plugin build") {
		t.Errorf("without a module: got %v, want to be told to build it", err)
	}
}

// A compiler's error is shown, and the module that was there stays.
func TestBuildFails(t *testing.T) {
	t.Parallel()
	d := setup(t)
	dir := d.project("go")
	d.write(filepath.Join(dir, ModuleFile), "the old one")
	d.write(filepath.Join(dir, "wrong.go"), "package main\n\nvar x int = \"text\"\n")
	if err := d.Build(t.Context(), dir); err == nil {
		t.Error("no error")
	}
	if !strings.Contains(d.err.String(), "wrong.go:3") {
		t.Errorf("the compiler's words are not in\n%s", d.err)
	}
	if got := d.read(filepath.Join(dir, ModuleFile)); got != "the old one" {
		t.Errorf("the module is now %.40q", got)
	}
}
