package beside

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// The variables that make a test's binary another process of the test.
const (
	roleVariable     = "TEST_ROLE"
	settingsVariable = "TEST_SETTINGS"
)

// Role is what Start started this process as; "" = it is the test itself. TestMain asks before it does anything else.
func Role() (role, settings string) { return os.Getenv(roleVariable), os.Getenv(settingsVariable) }

// As are the variables that give a process a role, for one that Start does not start.
func As(role, settings string) []string {
	return []string{roleVariable + "=" + role, settingsVariable + "=" + settings}
}

// endTime is how long a process may take to end when it was told to. It is killed then.
const endTime = 30 * time.Second

// Process is another process of a test, which ends with the test. What it prints on its standard error goes to the test's.
type Process struct {
	Name string
	Cmd  *exec.Cmd

	t    testing.TB
	mu   sync.Mutex // of asking and answering
	in   io.WriteCloser
	out  *bufio.Reader
	once sync.Once
	err  error
}

// Start runs the test's binary in a role. settings are for the role to read, args are its flags.
func Start(t testing.TB, role, settings string, args ...string) *Process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), As(role, settings)...)
	return Run(t, role, cmd)
}

// Run runs a command, whose standard input stays open until Stop or the end of the test.
func Run(t testing.TB, name string, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{Name: name, Cmd: cmd, t: t}
	if cmd.Stderr == nil {
		cmd.Stderr = os.Stderr
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	p.in, p.out = in, bufio.NewReader(out)
	t.Cleanup(func() { _ = p.Stop() })
	return p
}

// Line reads a line of what the process prints.
func (p *Process) Line() string {
	p.t.Helper()
	text, err := p.out.ReadString('\n')
	if err != nil {
		p.t.Fatalf("%s does not say a line: %v", p.Name, err)
	}
	return strings.TrimSuffix(text, "\n")
}

// Ask gives the process an order, as a line of JSON, and takes the line that it answers.
func (p *Process) Ask(order, into any) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := json.NewEncoder(p.in).Encode(order); err != nil {
		p.t.Fatalf("%s: %v", p.Name, err)
	}
	if err := json.Unmarshal([]byte(p.Line()), into); err != nil {
		p.t.Fatalf("%s: %v", p.Name, err)
	}
}

// Stop closes the standard input of the process, sends it some signals, and waits for its end. The error is that of its first call.
func (p *Process) Stop(signals ...os.Signal) error {
	p.once.Do(func() {
		_ = p.in.Close()
		for _, s := range signals {
			_ = p.Cmd.Process.Signal(s)
		}
		late := time.AfterFunc(endTime, func() { _ = p.Cmd.Process.Kill() })
		defer late.Stop()
		_, _ = io.Copy(io.Discard, p.out)
		p.err = p.Cmd.Wait()
	})
	return p.err
}
