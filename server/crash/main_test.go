package crash

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pollwright/pollwright/engine/beside"
	acton "github.com/pollwright/pollwright/plugins/acton/sim"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

func TestMain(m *testing.M) {
	if flag.Parse(); *seed == 0 {
		*seed = rand.Uint64() >> 1
	}
	if role, _ := beside.Role(); role != "" {
		play(role)
		return
	}
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// play serves a part until the test is gone: its end closes the standard input.
func play(role string) {
	var s *httptest.Server
	switch role {
	case "icontact":
		s = httptest.NewServer(newProvider(icontact.New(icontact.Config{Seed: *seed})))
	case "acton":
		s = httptest.NewServer(newProvider(acton.New(acton.Config{Seed: *seed, Options: acton.Options{PerSecond: -1, PerDay: -1, AuthPerHour: -1}})))
	case "sink":
		k := newSink(*seed)
		s = httptest.NewUnstartedServer(k)
		s.Config.ConnContext = k.mark
		s.Start()
	}
	fmt.Println(s.URL)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// built is the program, compiled once for all tests.
var built struct {
	once sync.Once
	dir  string
	err  error
}

// code is where the machine code of its adapters lies, so that not every world compiles them.
func code() string { return filepath.Join(built.dir, "compiled") }

// binary is the program with adapters that declare no limits of their providers. With them, it would hardly poll between two kills: after a kill
// nobody knows what was used of a long window, so its burst counts as used.
func binary(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "pollwright-crash"); built.err == nil {
			built.err = buildAll(built.dir)
		}
		if built.err == nil {
			built.err = beside.Compile(os.DirFS(built.dir), code())
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return filepath.Join(built.dir, "pollwright")
}

func buildAll(dir string) error {
	root, err := filepath.Abs("../..")
	if err != nil {
		return err
	}
	replaced := map[string]string{}
	for _, name := range []string{"icontact", "acton"} {
		manifest, module := filepath.Join(root, "plugins", name, "manifest.go"), filepath.Join(dir, name+".wasm")
		limitless := filepath.Join(dir, name+".go")
		if err := dropLimits(manifest, limitless); err != nil {
			return err
		}
		env := []string{"GOOS=wasip1", "GOARCH=wasm"}
		if err := build(dir, map[string]string{manifest: limitless}, env, "-buildmode=c-shared", "-ldflags=-s -w", "-o", module, root+"/plugins/"+name); err != nil {
			return err
		}
		replaced[filepath.Join(root, "plugins", "dist", name+".wasm")] = module
	}
	return build(dir, replaced, nil, "-o", filepath.Join(dir, "pollwright"), root)
}

// dropLimits copies a manifest without its line of limits.
func dropLimits(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var kept []string
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(strings.TrimSpace(line), "RateLimit:") {
			kept = append(kept, line)
		}
	}
	if without := strings.Join(kept, ""); without != string(text) {
		return os.WriteFile(to, []byte(without), 0o600)
	}
	return fmt.Errorf("%s has no line `RateLimit: ...` to leave out", from)
}

// build compiles with some files replaced.
func build(dir string, replaced map[string]string, env []string, args ...string) error {
	text, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		return err
	}
	overlay := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		return err
	}
	cmd := exec.Command("go", append([]string{"build", "-trimpath", "-overlay", overlay}, args...)...)
	cmd.Env = append(append(os.Environ(), "CGO_ENABLED=0"), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %v: %w\n%s", args, err, out)
	}
	return nil
}
