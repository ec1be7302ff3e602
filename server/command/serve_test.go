package command

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/beside"
	"github.com/pollwright/pollwright/plugins/dist"
)

// asProgram makes the test binary be the program.
const asProgram = "TEST_AS_POLLWRIGHT"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" || len(os.Args) > 1 && os.Args[1] == "plugin" { // which the program runs without an environment
		os.Exit(Main())
	}
	code := m.Run()
	if machineCode.dir != "" {
		_ = os.RemoveAll(machineCode.dir)
	}
	os.Exit(code)
}

// machineCode is that of the built-in adapters, compiled once for all tests.
var machineCode struct {
	once sync.Once
	dir  string
	err  error
}

// shareCode has a start on a new folder find the adapters compiled.
func shareCode(t *testing.T, data string) {
	t.Helper()
	machineCode.once.Do(func() {
		if machineCode.dir, machineCode.err = os.MkdirTemp("", "pollwright-code"); machineCode.err == nil {
			machineCode.err = beside.Compile(dist.Files(), machineCode.dir)
		}
	})
	if err := errors.Join(machineCode.err, beside.ShareCode(machineCode.dir, data)); err != nil {
		t.Fatal(err)
	}
}

// patience is how long a start may take: the first one of a folder compiles the adapters.
const patience = 2 * time.Minute

// program is a running pollwright.
type program struct {
	t      *testing.T
	cmd    *exec.Cmd
	out    bytes.Buffer // to be read when it has ended
	log    bytes.Buffer // the same
	url    string
	lines  chan string // of the log
	reader sync.WaitGroup
}

// start runs the program with a loopback port that the system chooses.
func start(t *testing.T, dir string, args ...string) *program {
	t.Helper()
	return startWith(t, nil, dir, args...)
}

// startWith is start with more variables of the environment.
func startWith(t *testing.T, env []string, dir string, args ...string) *program {
	t.Helper()
	shareCode(t, filepath.Join(dir, "data"))
	return startAlone(t, env, dir, args...)
}

// startAlone is startWith without the adapters' code: a first start compiles them.
func startAlone(t *testing.T, env []string, dir string, args ...string) *program {
	t.Helper()
	p := &program{t: t, lines: make(chan string, 10_000)}
	p.cmd = exec.Command(os.Args[0], append([]string{"serve", "--data", filepath.Join(dir, "data"), "--addr", "127.0.0.1:0", "--small-memory"}, args...)...)
	p.cmd.Env = append(append(os.Environ(), asProgram+"=1"), env...)
	p.cmd.Stdout = &p.out
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.reader.Go(func() {
		defer close(p.lines)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			p.log.WriteString(lines.Text() + "\n")
			p.lines <- lines.Text()
		}
	})
	t.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			_ = p.cmd.Process.Kill()
			p.end()
		}
	})
	return p
}

// wait reads the log up to a line with the text.
func (p *program) wait(text string) string {
	p.t.Helper()
	late := time.After(patience)
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				p.t.Fatalf("the program ended without saying %q: code %d\n%s", text, p.end(), p.log.String())
			}
			if strings.Contains(line, text) {
				return line
			}
		case <-late:
			p.t.Fatalf("the program did not say %q", text)
		}
	}
}

var urlForm = regexp.MustCompile(`url=(http://127\.0\.0\.1:\d+) `)

func (p *program) listening() *program {
	p.t.Helper()
	line := p.wait("listening")
	found := urlForm.FindStringSubmatch(line)
	if found == nil {
		p.t.Fatalf("no URL in %q", line)
	}
	p.url = found[1]
	return p
}

// end waits for the program and returns its exit code, -1 if a signal ended it.
func (p *program) end() int {
	p.reader.Wait()
	err := p.cmd.Wait()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		p.t.Error(err)
	}
	return p.cmd.ProcessState.ExitCode()
}

func (p *program) signal(s os.Signal) *program {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
	return p
}

// get asks for the list of instances and returns the status.
func (p *program) get(authorization string) int {
	p.t.Helper()
	req, err := http.NewRequest(http.MethodGet, p.url+"/instances", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", authorization)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	res, err := client.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	return res.StatusCode
}

var headerForm = regexp.MustCompile(`(?m)^  Authorization: (User (\S+), Organization (\S+))$`)

// The life of a data folder: the first start shows its secrets, the second does not; a second process is refused; a signal ends it.
func TestServe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, dir).listening()

	other := start(t, dir)
	if code := other.end(); code != codeError || !strings.Contains(other.log.String(), "in use by another process") || other.out.Len() > 0 {
		t.Errorf("a second process on the folder: code %d, %q, %q", code, other.out.String(), other.log.String())
	}
	elsewhere := t.TempDir()
	samePort := startAlone(t, nil, elsewhere, "--addr", strings.TrimPrefix(first.url, "http://"))
	if code := samePort.end(); code != codeError || !strings.Contains(samePort.log.String(), "address already in use") {
		t.Errorf("a second process on the port: code %d, %q", code, samePort.log.String())
	}
	if entries, err := os.ReadDir(elsewhere); err != nil || len(entries) > 0 {
		t.Errorf("the start that failed for its port left %v (%v)", entries, err)
	}

	if status := first.get("User x, Organization y"); status != http.StatusUnauthorized {
		t.Errorf("with wrong secrets: %d", status)
	}
	if code := first.signal(syscall.SIGTERM).end(); code != codeOK {
		t.Errorf("SIGTERM: code %d\n%s", code, first.log.String())
	}
	shown := headerForm.FindAllStringSubmatch(first.out.String(), -1)
	if len(shown) != 1 {
		t.Fatalf("the first start shows %d headers, want 1: %q", len(shown), first.out.String())
	}
	header, user, organization := shown[0][1], shown[0][2], shown[0][3]
	if log := first.log.String(); strings.Contains(log, user) || strings.Contains(log, organization) {
		t.Error("the log holds a secret")
	}

	second := start(t, dir).listening()
	if status := second.get(header); status != http.StatusOK {
		t.Errorf("with the secrets that were shown: %d", status)
	}
	if code := second.signal(os.Interrupt).end(); code != codeOK {
		t.Errorf("interrupt: code %d\n%s", code, second.log.String())
	}
	if second.out.Len() > 0 {
		t.Errorf("the second start prints %q", second.out.String())
	}
	secondSignal(t, dir)
}

// A stop while the data folder is being made lets that end: the secrets that are stored are shown, and hold at the next start.
func TestStopDuringTheFirstStart(t *testing.T) {
	t.Parallel()
	if found, err := fs.Glob(dist.Files(), "*.wasm"); err != nil || len(found) == 0 {
		t.Skip("no adapter was compiled, so the start is over too soon: `make plugins` does it, and `make test` before it tests")
	}
	dir := t.TempDir()
	p := startAlone(t, nil, dir)
	p.wait("adapter loaded") // the store is open by then, and its secrets come next
	if code := p.signal(syscall.SIGTERM).end(); code != codeOK {
		t.Errorf("code %d\n%s", code, p.log.String())
	}
	shown := headerForm.FindStringSubmatch(p.out.String())
	if shown == nil {
		t.Fatalf("no secrets are shown: %q", p.out.String())
	}
	next := start(t, dir).listening()
	if status := next.get(shown[1]); status != http.StatusOK {
		t.Errorf("with the secrets that were shown: %d", status)
	}
}

// secondSignal: a client that holds its request back makes the stop take a while; another signal does not wait for it.
func secondSignal(t *testing.T, dir string) {
	p := start(t, dir, "--log-level", "debug").listening()
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	// The server has asked for the body, so it is known to be waiting for it.
	if _, err := io.WriteString(conn, "POST /instances HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100") {
		t.Fatalf("the server says %q, %v; want 100 Continue", line, err)
	}
	p.signal(syscall.SIGTERM).signal(syscall.SIGTERM).wait("stopping") // two at once are one stop
	began := time.Now()
	var again sync.WaitGroup
	ended := make(chan struct{})
	again.Go(func() {
		for tick := time.NewTicker(sameSignal); ; <-tick.C {
			select {
			case <-ended:
				return
			default:
				_ = p.cmd.Process.Signal(syscall.SIGTERM)
			}
		}
	})
	code := p.end()
	close(ended)
	again.Wait()
	if took := time.Since(began); code != codeError || !strings.Contains(p.log.String(), "second signal") || took < sameSignal/2 {
		t.Errorf("second signal: code %d after %v\n%s", code, took, p.log.String())
	}
}
