//go:build unix

package benchmark

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is another process of the benchmark.
type process struct {
	t    *testing.T
	name string
	cmd  *exec.Cmd
	mu   sync.Mutex
	ask  io.WriteCloser
	out  *bufio.Reader
	end  sync.Once
	used time.Duration // CPU in all, once it has ended
}

// start runs this binary in a role. settings are for the role to read.
func start(t *testing.T, role, settings string) *process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return run(t, role, exec.Command(exe), roleVariable+"="+role, settingsVariable+"="+settings)
}

func run(t *testing.T, name string, cmd *exec.Cmd, env ...string) *process {
	t.Helper()
	p := &process{t: t, name: name, cmd: cmd}
	cmd.Env = append(os.Environ(), env...)
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
		t.Fatal(err)
	}
	p.ask, p.out = in, bufio.NewReader(out)
	t.Cleanup(p.stop)
	return p
}

// line reads a line of what the process prints.
func (p *process) line() string {
	p.t.Helper()
	text, err := p.out.ReadString('\n')
	if err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
	return strings.TrimSuffix(text, "\n")
}

// tell gives an order, and takes the answer.
func (p *process) tell(order order, into any) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := json.NewEncoder(p.ask).Encode(order); err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
	if err := json.Unmarshal([]byte(p.line()), into); err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
}

// freeze has the process stand still until thaw.
func (p *process) freeze() { p.signal(syscall.SIGSTOP) }
func (p *process) thaw()   { p.signal(syscall.SIGCONT) }

func (p *process) signal(s syscall.Signal) {
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Errorf("%s: %v: %v", p.name, s, err)
	}
}

// stop ends the process as its user would, and waits for it.
func (p *process) stop() {
	p.end.Do(func() {
		p.thaw()
		_ = p.ask.Close()
		p.signal(syscall.SIGTERM)
		late := time.AfterFunc(30*time.Second, func() { _ = p.cmd.Process.Kill() })
		defer late.Stop()
		_, _ = io.Copy(io.Discard, p.out)
		if err := p.cmd.Wait(); err != nil && p.name == "server" {
			p.t.Errorf("server: %v", err)
		}
		p.used = p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
	})
}

// tick is the unit of times in /proc: Linux shows them in hundredths of a second on every machine.
const tick = 10 * time.Millisecond

// cpu is the time that all threads of the process have spent, in user and system.
func (p *process) cpu() time.Duration {
	p.t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		p.t.Skipf("this system does not tell what a process has used: %v", err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // a name may hold blanks
	fields := strings.Fields(rest)
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * tick
}

// memory is what of the process is resident, and how much of that are not pages of files; bytes.
func (p *process) memory() (all, anonymous int64) {
	return p.status("VmRSS") << 10, p.status("RssAnon") << 10
}

// status is a number of /proc/<pid>/status; 0 if it is not there.
func (p *process) status(name string) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "\n"+name+":")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	n, _ := strconv.ParseInt(fields[0], 10, 64)
	return n
}

// onDisk is what a file takes on the disk: those that Badger maps are larger than what is written of them.
func onDisk(info os.FileInfo) int64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Blocks * 512
	}
	return info.Size()
}
