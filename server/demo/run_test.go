package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pollwright/pollwright/plugins/dist"
)

// adapters are the built-in ones, or, in a checkout where `make plugins` was not run, ones compiled now.
func adapters(t *testing.T) fs.FS {
	t.Helper()
	built := dist.Files()
	if _, err := fs.Stat(built, "icontact.wasm"); err == nil {
		if _, err := fs.Stat(built, "acton.wasm"); err == nil {
			return built
		}
	}
	dir := t.TempDir()
	for _, name := range []string{"icontact", "acton"} {
		build := exec.Command("go", "build", "-buildmode=c-shared", "-buildvcs=false", "-trimpath", "-ldflags=-s -w",
			"-o", filepath.Join(dir, name+".wasm"), "./plugins/"+name)
		build.Dir = filepath.Join("..", "..")
		build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("compile the adapter %s: %v\n%s", name, err, out)
		}
	}
	return os.DirFS(dir)
}

// The whole run: real adapters, real store, real HTTP.
func TestRun(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	var out, log bytes.Buffer
	err := Run(t.Context(), Config{For: 5 * time.Second, JSON: true, Out: &out, Err: &log, Builtin: adapters(t), Seed: 1})
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	var r report
	if lines := strings.Count(out.String(), "\n"); lines != 1 || json.Unmarshal(out.Bytes(), &r) != nil {
		t.Fatalf("want one line of JSON, got %q", out.String())
	}
	t.Logf("%s%s", log.String(), out.String())
	if r.ICONTACT.Created < 4 || r.ACTON.Created < 2 || r.ACTON.Updated < 1 || r.Delivered != r.Created+r.Updated-r.Superseded {
		t.Errorf("too little was seen to mean anything: %s", out.String())
	}
	if !strings.Contains(log.String(), "CREATED") || !strings.Contains(log.String(), "curl") {
		t.Errorf("no events or no heading on Err:\n%s", log.String())
	}
}

// An interrupt ends an endless run, and what is under way still arrives.
func TestRunInterrupted(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var log bytes.Buffer
	screen := writerFunc(func(b []byte) (int, error) {
		if log.Write(b); bytes.Contains(b, []byte("CREATED")) {
			interrupt()
		}
		return len(b), nil
	})
	dir := filepath.Join(t.TempDir(), "data")
	if err := Run(ctx, Config{Out: screen, Builtin: adapters(t), Seed: 2, Dir: dir}); err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	if !strings.Contains(log.String(), "Nothing is missing") {
		t.Errorf("no summary:\n%s", log.String())
	}
	err := Run(t.Context(), Config{Builtin: adapters(t), Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a used folder: %v, want a refusal", err)
	}
}

// A notification signed with another key than the receiver's is refused, and that fails the run.
func TestRunWrongKey(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	var log bytes.Buffer
	config, err := Config{For: Least, Out: &log, Builtin: adapters(t), Seed: 3}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	w, err := open(t.Context(), config)
	t.Cleanup(func() {
		if err := w.close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	err = w.run(t.Context(), func(work context.Context) error {
		if err := w.watch(work); err != nil {
			return err
		}
		w.receiver.keys["acton"] += "x" // nothing was sent yet: nothing has changed
		return w.show(work, work)
	})
	if err == nil || !strings.Contains(err.Error(), "notifications were refused") || !strings.Contains(err.Error(), "changes were not told") {
		t.Errorf("got %v, want refused and missing notifications", err)
	}
	if !strings.Contains(log.String(), "not of this body by this key") || !strings.Contains(log.String(), "iContact  CREATED") {
		t.Errorf("the screen does not show it:\n%s", log.String())
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func TestConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		config Config
		want   string
	}{
		{"no adapters", Config{}, "Builtin is missing"},
		{"adapters not built", Config{Builtin: os.DirFS(t.TempDir())}, "make build"},
		{"too short", Config{For: time.Second}, "For is 1s: want 3s or more"},
		{"negative", Config{For: -time.Second}, "want 3s or more"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if err := Run(t.Context(), c.config); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want something about %q", err, c.want)
			}
		})
	}
}
