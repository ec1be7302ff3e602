package command

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// exampleModule is an adapter of nobody's, compiled once.
var exampleModule = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "acme-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	out := filepath.Join(dir, "acme.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", out, "github.com/pollwright/pollwright/engine/testdata/acme")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return text, err
	}
	return os.ReadFile(out)
})

// plugins: an adapter is installed while the server runs, and held to the hosts that were agreed to.
func (j *journey) plugins() {
	wasm, err := exampleModule()
	if err != nil {
		j.t.Fatalf("%v: %s", err, wasm)
	}
	const at = "/elements/plugins/acme"
	upload := func(wasm []byte, query string, want int) reply {
		j.t.Helper()
		return j.owner.call(http.MethodPut, at+query, string(wasm), want, "Content-Type", "application/wasm")
	}
	j.owner.call(http.MethodPut, at, map[string]any{}, http.StatusUnsupportedMediaType).says("application/wasm")
	j.owner.call(http.MethodPut, at, string(wasm), http.StatusUnsupportedMediaType, "Content-Type", "text/plain").says("application/wasm") // not: too large
	upload([]byte("\x00asm"), "", http.StatusBadRequest).says("refused")
	upload(wasm, "", http.StatusOK).says("https://acme.example")
	visitor{journey: j}.ok(http.MethodGet, "/elements/acme", nil).says("Acme")
	j.owner.ok(http.MethodGet, "/elements/plugins", nil).says(`"builtin":false`)

	moved := bytes.ReplaceAll(wasm, []byte("https://acme.example"), []byte("https://evil.example"))
	upload(moved, "", http.StatusConflict).says("https://evil.example")
	upload(moved, "?hosts=https://evil.example", http.StatusOK)
	upload(wasm, "", http.StatusConflict)
	j.owner.call(http.MethodPut, at+"/hosts", map[string]any{"hosts": []string{"acme.example"}}, http.StatusBadRequest).says("hosts[0]")
	j.owner.ok(http.MethodPut, at+"/hosts", map[string]any{"hosts": []string{"https://acme.example", "https://evil.example"}})
	upload(wasm, "", http.StatusOK)
	j.owner.call(http.MethodDelete, "/elements/plugins/acton", nil, http.StatusConflict)
	j.owner.ok(http.MethodDelete, at, nil)
	j.owner.call(http.MethodDelete, at, nil, http.StatusNotFound)
	visitor{journey: j}.call(http.MethodGet, "/elements/acme", nil, http.StatusNotFound)
	j.owner.ok(http.MethodGet, "/audit?action=adapter", nil).says("adapter.install")
}
