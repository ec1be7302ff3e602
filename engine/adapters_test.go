package engine_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pollwright/pollwright/engine"
)

// acmeModules are the example adapter, and a version of it that wants to reach another host.
var acmeModules = sync.OnceValues(func() ([2][]byte, error) {
	dir, err := os.MkdirTemp("", "acme-")
	if err != nil {
		return [2][]byte{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	out := filepath.Join(dir, "acme.wasm")
	if err := compile("./testdata/acme", out); err != nil {
		return [2][]byte{}, err
	}
	wasm, err := os.ReadFile(out)
	return [2][]byte{wasm, bytes.ReplaceAll(wasm, []byte("https://acme.example"), []byte("https://evil.example"))}, err
})

// An adapter is installed while the engine runs; one that wants to reach more than its predecessor needs a word for it, also when its file is
// dropped, and after a restart.
func TestHostsOfAnAdapterAreAgreedTo(t *testing.T) {
	t.Parallel()
	modules, err := acmeModules()
	if err != nil {
		t.Fatal(err)
	}
	plugins := t.TempDir()
	w := setup(t, func(c *engine.Config) { c.PluginDir = plugins })
	state := func() (list []string) {
		for _, a := range w.engine.Adapters() {
			if !a.Builtin {
				list = append(list, a.State+" "+a.Key+" "+strings.Join(a.Hosts, " "))
			}
		}
		return list
	}
	expect := func(want ...string) {
		t.Helper()
		if got := state(); strings.Join(got, "; ") != strings.Join(want, "; ") {
			t.Fatalf("adapters %q, want %q", got, want)
		}
	}
	const old, moved, refused = "loaded acme https://acme.example", "loaded acme https://evil.example", "refused  "
	install := func(wasm []byte, hosts []string) error {
		_, err := w.engine.InstallAdapter(t.Context(), w.caller, "acme", wasm, hosts)
		return err
	}
	if err := install(modules[0], nil); err != nil {
		t.Fatal(err)
	}
	expect(old)
	var more *engine.HostsError
	if err := install(modules[1], nil); !errors.As(err, &more) || more.More[0] != "https://evil.example" {
		t.Fatalf("%v, want that it wants to reach another host", err)
	}
	expect(old)
	file := filepath.Join(plugins, "acme.wasm")
	if err := os.WriteFile(file, modules[1], 0o600); err != nil {
		t.Fatal(err)
	}
	await(t, "the refusal", func() bool { return len(state()) == 2 })
	expect(old, refused)
	w.stop()
	w.start()
	expect(refused)
	if err := w.engine.AgreeToHosts(t.Context(), w.caller, "acme", []string{"evil.example"}); err == nil {
		t.Error("a host without its scheme is no error")
	}
	if err := w.engine.AgreeToHosts(t.Context(), w.caller, "acme", []string{"https://EVIL.example/"}); err != nil {
		t.Fatal(err)
	}
	expect(moved)
	if err := install(modules[0], []string{"https://acme.example"}); err != nil {
		t.Fatal(err)
	}
	expect(old)
	for key, want := range map[string]any{"icontact": new(*engine.ConflictError), "acme": new(*engine.AdapterError)} {
		if _, err := w.engine.InstallAdapter(t.Context(), w.caller, key, []byte("\x00asm"), nil); err == nil {
			t.Errorf("%s: no error, want %T", key, want)
		}
	}
	if err := w.engine.RemoveAdapter(t.Context(), w.caller, "acme"); err != nil {
		t.Fatal(err)
	}
	expect()
	if err := w.engine.RemoveAdapter(t.Context(), w.caller, "acme"); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("%v, want ErrNotFound", err)
	}
	if err := w.engine.RemoveAdapter(t.Context(), w.caller, "acton"); !errors.As(err, new(*engine.ConflictError)) {
		t.Errorf("%v, want a conflict: it is part of the program", err)
	}
}

func TestDigestsOfAdapters(t *testing.T) {
	t.Parallel()
	modules, err := acmeModules()
	if err != nil {
		t.Fatal(err)
	}
	w := setup(t, func(c *engine.Config) { c.PluginDir, c.AdapterDigests = t.TempDir(), []string{strings.Repeat("0", 64)} })
	if _, err := w.engine.InstallAdapter(t.Context(), w.caller, "acme", modules[0], nil); err == nil || !strings.Contains(err.Error(), "not on the list") {
		t.Errorf("%v, want that its digest is not on the list", err)
	}
}
