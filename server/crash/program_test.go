package crash

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// program is one run of pollwright.
type program struct {
	t       *testing.T
	cmd     *exec.Cmd
	began   time.Time
	listens chan struct{} // closed when it says that it listens
	ended   chan struct{} // closed when it has ended
	ready   atomic.Int64  // time from its start until it was ready; 0 = not yet
	stopped bool          // it may end by itself
	mu      sync.Mutex
	output  bytes.Buffer
}

// run starts the program at an address.
func run(t *testing.T, cmd *exec.Cmd, addr string) *program {
	t.Helper()
	p := &program{t: t, cmd: cmd, listens: make(chan struct{}), ended: make(chan struct{})}
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = in, in
	p.began = time.Now()
	err = cmd.Start()
	_ = in.Close()
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		p.read(out)
	}()
	go func() {
		_ = cmd.Wait()
		<-read
		close(p.ended)
	}()
	go p.awaitReady("http://" + addr + "/readyz")
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-p.ended
	})
	return p
}

func (p *program) read(out io.ReadCloser) {
	defer func() { _ = out.Close() }()
	said := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		p.mu.Lock()
		p.output.WriteString(lines.Text() + "\n")
		p.mu.Unlock()
		if !said && strings.Contains(lines.Text(), "listening url=") {
			said = true
			close(p.listens)
		}
	}
}

// awaitReady asks again and again: every stored instance is on the schedule by then.
func (p *program) awaitReady(url string) {
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for tick := time.NewTicker(5 * time.Millisecond); ; {
		select {
		case <-p.ended:
			return
		case <-tick.C:
		}
		res, err := client.Get(url)
		if err != nil {
			continue
		}
		_ = res.Body.Close()
		if res.StatusCode == http.StatusOK {
			p.ready.Store(int64(time.Since(p.began)))
			return
		}
	}
}

// kill ends the program at once, and reports whether it was still running. It must not have ended by itself, unless it was asked to stop.
func (p *program) kill() (killed bool) {
	p.t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGKILL)
	<-p.ended
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if killed = ok && status.Signaled(); !killed && !(p.stopped && status.ExitStatus() == 0) {
		p.t.Errorf("the program ended by itself: %v\n%s", p.cmd.ProcessState, p.said())
	}
	return killed
}

// stop asks the program to end, and waits for it.
func (p *program) stop() {
	p.t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	if p.end(patience); p.cmd.ProcessState.ExitCode() != 0 {
		p.t.Errorf("a stop ends with %v\n%s", p.cmd.ProcessState, p.said())
	}
}

// end waits for the program to end by itself.
func (p *program) end(within time.Duration) {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(within):
		p.t.Fatalf("the program did not end within %v\n%s", within, p.said())
	}
}

// said is the last that it printed.
func (p *program) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := p.output.String()
	return text[max(0, len(text)-4000):]
}

// await waits for a condition.
func await(t *testing.T, ok func() bool, otherwise func() string) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); pause(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(otherwise())
		}
	}
}

// pause waits: the time to a kill is the test's input, not a wait for something.
func pause(d time.Duration) { <-time.After(d) }
