package workshop

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"

	"github.com/pollwright/pollwright/sdk"
)

// scaffold is what a project gets besides an example and the SDK.
//
//go:embed scaffold
var scaffold embed.FS

// The made-up provider of the examples, whose names give way to those of a project.
const (
	exampleKey  = "larder"
	exampleName = "Larder"
)

// sdkFolder is where a project of Go has the SDK, as a module of its own: nothing is downloaded.
const sdkFolder = "pollwright"

// Creation says what to make.
type Creation struct {
	Key      string // of the element: "acme"
	Name     string // for people; "" = made of Key
	Language string // "" = go
	Dir      string // "" = Key, in the current folder
	Version  string // of this program, whose SDK the project gets
}

var keyForm = regexp.MustCompile(`^[a-z][a-z0-9]*([.-][a-z0-9]+)*$`)

// Create makes a project that builds, passes its tests and can be run at once. The folder must be new or empty.
func (s Shop) Create(c Creation) error {
	if !keyForm.MatchString(c.Key) || len(c.Key) > 60 {
		return fmt.Errorf("%q cannot be the key of an element: it has lower-case letters, digits, dots and dashes, and begins with a letter, like acme or acme-crm", c.Key)
	}
	if c.Language == "" {
		c.Language = "go"
	}
	if c.Dir == "" {
		c.Dir = c.Key
	}
	if c.Name == "" {
		c.Name = nameOf(c.Key)
	}
	l, err := languageOf(c.Language)
	if err != nil {
		return err
	}
	files, err := c.files(l)
	if err != nil {
		return err
	}
	if err := writeFolder(c.Dir, files); err != nil {
		return err
	}
	s.say("made %s: %d files, an adapter of %s for a made-up provider", c.Dir, len(files), c.Language)
	for _, line := range l.missing(c.Dir) {
		s.say("to build it, %s", line)
	}
	s.say("\n  cd %s\n  pollwright plugin test\n  pollwright plugin run --fake\n\nREADME.md says what to change first.", c.Dir)
	return nil
}

// nameOf makes a name for people of a key: "acme-crm" becomes "Acme Crm".
func nameOf(key string) string {
	words := strings.FieldsFunc(key, func(r rune) bool { return r == '.' || r == '-' })
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, " ")
}

// files are those of the project, by their path in it.
func (c Creation) files(l language) (map[string][]byte, error) {
	files := map[string][]byte{}
	source := sdk.Source()
	var faults []error
	add := func(from, to string) {
		faults = append(faults, copyTree(source, from, to, files, c.rename))
	}
	add(l.example, ".")
	add("examples/testdata", "testdata")
	add("examples/fake.json", FakeFile)
	for _, file := range l.sdk {
		faults = append(faults, copyTree(source, file, path.Base(file), files, nil))
	}
	if l.name == "go" {
		faults = append(faults, c.goFiles(files))
	}
	readme, err := c.readme(l, files)
	files["README.md"], files[".gitignore"] = readme, []byte("/"+ModuleFile+"\n/node_modules/\n")
	return files, errors.Join(append(faults, err)...)
}

// rename puts the project's names in place of the example's.
func (c Creation) rename(text []byte) []byte {
	text = bytes.ReplaceAll(text, []byte(exampleName), []byte(c.Name))
	return bytes.ReplaceAll(text, []byte(exampleKey), []byte(c.Key))
}

// goFiles are the module, its test, and the SDK as a module beside it.
func (c Creation) goFiles(files map[string][]byte) error {
	const module = "github.com/pollwright/pollwright"
	const goLine = "\ngo 1.24\n"
	files["go.mod"] = fmt.Appendf(nil, "module %s\n%s\nrequire %s v0.0.0\n\n// The SDK of pollwright %s, whole.\nreplace %s => ./%s\n",
		strings.ReplaceAll(c.Key, ".", "-"), goLine, module, c.Version, module, sdkFolder)
	files[sdkFolder+"/go.mod"] = []byte("module " + module + "\n" + goLine)
	test, err := scaffold.ReadFile("scaffold/go/adapter_test.go.txt")
	files["adapter_test.go"] = test
	return errors.Join(err,
		copyTree(sdk.Source(), "sdktest", sdkFolder+"/sdk/sdktest", files, nil),
		copyFlat(sdk.Source(), "*.go", sdkFolder+"/sdk", files))
}

func (c Creation) readme(l language, files map[string][]byte) ([]byte, error) {
	t, err := template.ParseFS(scaffold, "scaffold/README.md")
	if err != nil {
		return nil, err
	}
	var main []string
	for _, name := range []string{"main.go", "manifest.go", "adapter.go", "adapter.c", "adapter.ts"} {
		if _, ok := files[name]; ok {
			main = append(main, name)
		}
	}
	var out bytes.Buffer
	err = t.Execute(&out, map[string]string{
		"Key": c.Key, "Name": c.Name, "Language": l.name, "Source": strings.Join(main, "`, `"), "Variable": Variable(c.Key, "api.key"),
	})
	return out.Bytes(), err
}

// copyTree takes a file, or a folder with all in it. Tests of the repository that the files are from, and modules that were built, stay behind.
func copyTree(from fs.FS, root, to string, files map[string][]byte, change func([]byte) []byte) error {
	return fs.WalkDir(from, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") || strings.HasPrefix(path.Base(name), ModuleFile) {
			return err
		}
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		if change != nil {
			text = change(text)
		}
		files[path.Join(to, strings.TrimPrefix(strings.TrimPrefix(name, root), "/"))] = text
		return nil
	})
}

// copyFlat takes the files of the root that a pattern fits.
func copyFlat(from fs.FS, pattern, to string, files map[string][]byte) error {
	names, err := fs.Glob(from, pattern)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := copyTree(from, name, path.Join(to, name), files, nil); err != nil {
			return err
		}
	}
	return nil
}

// writeFolder writes files into a folder that is new or empty.
func writeFolder(dir string, files map[string][]byte) error {
	if there, err := os.ReadDir(dir); err == nil && len(there) > 0 {
		return fmt.Errorf("%s is there already, and not empty; give another folder with --dir", dir)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
