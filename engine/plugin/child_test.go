package plugin

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pollwright/pollwright/sdk"
)

// asChild has the test binary be the process that prepares modules.
const asChild = "PLUGIN_TEST_CHILD"

func testChild(ctx context.Context) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = []string{asChild + "=1"}
	return cmd
}

// dropped writes modules into a new folder.
func dropped(t *testing.T, modules map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, wasm := range modules {
		if err := os.WriteFile(filepath.Join(dir, name), wasm, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Modules of the folder are prepared by another process, and are the same as if they had been prepared here.
func TestChild(t *testing.T) {
	t.Parallel()
	inits := good("crash")
	inits.initialize = op(0x00)
	modules := map[string][]byte{"a.wasm": good("a").encode(), "b.wasm": []byte("\x00asm junk"), "c.wasm": inits.encode()}
	processes := make(chan struct{}, 10)
	c := newCatalog(t, Config{Dir: dropped(t, modules), CacheDir: t.TempDir(), Child: func(ctx context.Context) *exec.Cmd {
		processes <- struct{}{}
		return testChild(ctx)
	}}, map[string]module{"own.wasm": good("own")})
	if n := len(processes); n != len(modules) {
		t.Errorf("%d processes, want one for each module of the folder", n)
	}
	if _, _, err := c.Step(t.Context(), "a", sdk.Call{}); err != nil {
		t.Error(err)
	}
	want := map[string]string{"b.wasm": "module refused", "c.wasm": "unreachable"}
	for _, r := range c.Refusals() {
		if want[r.File] == "" || !strings.Contains(r.Reason, want[r.File]) {
			t.Errorf("%s refused: %s, want %q", r.File, r.Reason, want[r.File])
		}
		delete(want, r.File)
	}
	if len(want) > 0 {
		t.Errorf("not refused: %v", want)
	}
}

// A process that does not end, or wants too much, is ended, and what it worked on is refused.
func TestChildIsBounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	shell := func(script string) func(context.Context) *exec.Cmd {
		return func(ctx context.Context) *exec.Cmd { return exec.CommandContext(ctx, "sh", "-c", script) }
	}
	for name, tt := range map[string]struct {
		child func(context.Context) *exec.Cmd
		time  time.Duration
		want  string
	}{
		"endless":    {shell("exec sleep 1000"), 100 * time.Millisecond, "not prepared and compiled within 100ms"},
		"killed":     {shell("kill -9 $$"), time.Minute, "ended: signal: killed"},
		"nonsense":   {shell("echo nonsense"), time.Minute, "answered nonsense"},
		"no program": {func(ctx context.Context) *exec.Cmd { return exec.CommandContext(ctx, filepath.Join(dir, "none")) }, time.Minute, "could not be run"},
		"too large":  {shell("echo 'fatal error: runtime: out of memory' >&2; exit 2"), time.Minute, "more than this host gives: fatal error: runtime: out of memory"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sandbox{child: tt.child, childTime: tt.time, cacheDir: dir}
			if err := s.prepareInChild(t.Context(), nil); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
	s := sandbox{child: shell("exec sleep 1000"), childTime: time.Minute}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.prepareInChild(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that it was cancelled", err)
	}
}

// The limits that the process sets itself hold: with less room than it takes, it cannot go on.
func TestChildLimitsItself(t *testing.T) {
	t.Parallel()
	config, err := Config{CacheDir: t.TempDir()}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	var in bytes.Buffer
	large := good("a")
	large.pages = 1600 // 100 MiB
	job := childJob{large.encode(), config.Limits, config.CacheDir, false, 60, 1 << 20}
	if err := gob.NewEncoder(&in).Encode(job); err != nil {
		t.Fatal(err)
	}
	cmd := testChild(t.Context())
	cmd.Stdin = &in
	said, err := cmd.CombinedOutput()
	if err = childError(err, said); !strings.Contains(err.Error(), "more than this host gives") {
		t.Errorf("with 1 MiB of addresses: %v", err)
	}
}
