package plugin

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/pollwright/pollwright/sdk"
)

func TestPutAndRemove(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	forbidden := ""
	c := newCatalog(t, Config{Dir: dir, Judge: func(el Element) error {
		if el.Manifest.Version == forbidden {
			return errors.New("not this one")
		}
		return nil
	}}, map[string]module{"own.wasm": good("own")})
	version := func(key, version string) []byte {
		m := manifest(key)
		m.Version = version
		return module{pages: 4, abi: 1, buf: bufferAt, describe: okReply(m), reply: okReply(sdk.Reply{Page: &sdk.Page{}})}.encode()
	}
	current := func(key string) string {
		el, _ := c.Element(key)
		return el.Manifest.Version
	}
	if el, err := c.Put(t.Context(), "acme", version("acme", "1")); err != nil || el.Manifest.Version != "1" || current("acme") != "1" {
		t.Fatalf("put: %+v, %v", el, err)
	}
	if _, _, err := c.Step(t.Context(), "acme", sdk.Call{}); err != nil {
		t.Fatal(err)
	}
	// Its file may have another name: that one is replaced.
	if err := os.Rename(filepath.Join(dir, "acme.wasm"), filepath.Join(dir, "other.wasm")); err != nil {
		t.Fatal(err)
	}
	c.rescan(t.Context(), nil)
	if _, err := c.Put(t.Context(), "acme", version("acme", "2")); err != nil || current("acme") != "2" {
		t.Fatalf("put: version %q, %v", current("acme"), err)
	}
	if names := c.folder.names(); len(names) != 1 || names[0] != "other.wasm" {
		t.Errorf("files %v", names)
	}
	forbidden = "3"
	for key, wasm := range map[string][]byte{"acme": version("acme", "3"), "own": version("own", "1"), "beta": version("gamma", "1"), "bad": []byte("x")} {
		if _, err := c.Put(t.Context(), key, wasm); err == nil {
			t.Errorf("put of %s is no error", key)
		}
	}
	if current("acme") != "2" || len(c.Elements()) != 2 || len(c.Refusals()) != 0 {
		t.Errorf("after refusals: version %q, %d elements, refusals %v", current("acme"), len(c.Elements()), c.Refusals())
	}
	// A file of the folder is judged too, and tried again when the judgement may be another.
	if err := os.WriteFile(filepath.Join(dir, "other.wasm"), version("acme", "3"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.rescan(t.Context(), map[string]bool{"other.wasm": true})
	if r := c.Refusals(); current("acme") != "2" || len(r) != 1 || r[0].Reason != "not this one" {
		t.Errorf("version %q, refusals %v", current("acme"), r)
	}
	forbidden = ""
	if c.Retry(t.Context()); current("acme") != "3" || len(c.Refusals()) != 0 {
		t.Errorf("version %q, refusals %v", current("acme"), c.Refusals())
	}
	if err := c.Remove(t.Context(), "acme"); err != nil || current("acme") != "" {
		t.Errorf("remove: %v, version %q", err, current("acme"))
	}
	for key, want := range map[string]error{"acme": ErrUnknownElement, "own": ErrBuiltin} {
		if err := c.Remove(t.Context(), key); !errors.Is(err, want) {
			t.Errorf("remove %s: %v, want %v", key, err, want)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left in the folder: %v, %v", left, err)
	}
}

func TestPutWithoutFolder(t *testing.T) {
	t.Parallel()
	c := newCatalog(t, Config{}, nil)
	if _, err := c.Put(t.Context(), "acme", good("acme").encode()); !errors.Is(err, ErrNoFolder) {
		t.Errorf("%v, want ErrNoFolder", err)
	}
}
