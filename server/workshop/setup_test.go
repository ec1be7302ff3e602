package workshop

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// cache keeps what the tests compile, so that the same module is compiled once.
var cache string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if cache, err = os.MkdirTemp("", "workshop-test-"); err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(cache) }()
		return m.Run()
	}())
}

// desk is an author at work.
type desk struct {
	Shop
	t        *testing.T
	out, err *output
	env      map[string]string
}

// output can be read while it is written.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func setup(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, out: new(output), err: new(output), env: map[string]string{}}
	d.Shop = Shop{Out: d.out, Err: d.err, Cache: cache, Environment: func(name string) (string, bool) {
		value, ok := d.env[name]
		return value, ok
	}}
	return d
}

// project makes the project of an adapter.
func (d *desk) project(lang string) string {
	d.t.Helper()
	dir := filepath.Join(d.t.TempDir(), "acme")
	if err := d.Create(Creation{Key: "acme-crm", Language: lang, Dir: dir, Version: "test"}); err != nil {
		d.t.Fatal(err)
	}
	d.out.text.Reset()
	return dir
}

// ready is a project with the module of the repository's example, which needs no compiler. It speaks for the element larder.
func (d *desk) ready() string {
	d.t.Helper()
	dir := d.project("c")
	wasm, err := os.ReadFile("../../sdk/examples/c/adapter.wasm")
	if err != nil {
		d.t.Fatal(err)
	}
	d.write(filepath.Join(dir, ModuleFile), string(wasm))
	return dir
}

func (d *desk) write(file, text string) {
	d.t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) read(file string) string {
	d.t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		d.t.Fatal(err)
	}
	return string(text)
}
