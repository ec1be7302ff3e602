package command

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/pollwright/pollwright/engine"
)

// The doctor sees a running server and what is wrong beside it, and a stopped one whose address is taken.
func TestDoctor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data, plugins := filepath.Join(dir, "data"), t.TempDir()
	p := start(t, dir).listening()
	if err := os.WriteFile(filepath.Join(plugins, "bad.wasm"), []byte("no module"), 0o600); err != nil {
		t.Fatal(err)
	}
	var list []engine.Finding
	code, text := desk{t: t}.run("doctor", "--data", data, "--addr", strings.TrimPrefix(p.url, "http://"), "--plugins", plugins)
	if code != codeError {
		t.Errorf("with a bad adapter: code %d", code)
	}
	for _, want := range []string{"ok settings", "ok store a server uses it", "ok master key opens", "ok address a server answers at 127.0.0.1", "fail adapter bad.wasm"} {
		if !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("it lacks %q:\n%s", want, text)
		}
	}
	p.signal(syscall.SIGTERM)
	for range p.lines { // to its end
	}
	p.end()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	if f := (&options{adminAddr: taken.Addr().String()}).examineAdmin(false); f.State != engine.HealthFail || !strings.Contains(f.Do, "--admin-addr") {
		t.Errorf("an admin address that is taken: %+v", f)
	}
	if f := (&options{adminAddr: taken.Addr().String()}).examineAdmin(true); f.State != engine.HealthOK {
		t.Errorf("a running server's: %+v", f)
	}
	if f := (&options{adminAddr: "0.0.0.0:0"}).examineAdmin(false); f.State != engine.HealthWarn || !strings.Contains(f.Found, "asks for no secrets") {
		t.Errorf("an admin address that is open: %+v", f)
	}
	if code, text = (desk{t: t}).run("doctor", "--data", data, "--addr", taken.Addr().String()); code != codeError ||
		!strings.Contains(text, "address already in use") || !strings.Contains(text, "choose another one with --addr") {
		t.Errorf("code %d, %s", code, text)
	}
	desk{t: t}.ok(&list, "doctor", "--data", data, "--addr", "127.0.0.1:0")
	for _, f := range list {
		if f.State == engine.HealthFail || f.Name == "" || f.Found == "" {
			t.Errorf("a stopped server in order: %+v", f)
		}
	}
}

func TestOpenFiles(t *testing.T) {
	t.Parallel()
	if f := judgeFiles(1024, 144); f.State != engine.HealthOK {
		t.Errorf("the default of a system, and of the settings: %+v", f)
	}
	if f := judgeFiles(1024, 1000); f.State != engine.HealthWarn || !strings.Contains(f.Found, "1000 polls and deliveries at once can take 2512") {
		t.Errorf("too few: %+v", f)
	}
}

// Faults of the settings are findings, each one.
func TestDoctorOfSettings(t *testing.T) {
	t.Parallel()
	code, text := desk{t: t}.run("doctor", "--workers", "0", "--deliveries", "-1")
	if code != codeError || strings.Count(text, "fail") < 2 || !strings.Contains(text, "--deliveries should be") || !strings.Contains(text, "pollwright help serve") {
		t.Errorf("code %d, %s", code, text)
	}
}
