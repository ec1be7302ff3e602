//go:build unix

package benchmark

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/beside"
)

// process is another process of the benchmark.
type process struct {
	*beside.Process
	t    *testing.T
	used time.Duration // CPU in all, once it has ended
}

// start runs this binary in a role. settings are for the role to read.
func start(t *testing.T, role, settings string) *process {
	t.Helper()
	p := &process{Process: beside.Start(t, role, settings), t: t}
	t.Cleanup(func() { _ = p.stop() }) // it may stand still
	return p
}

// freeze has the process stand still until thaw.
func (p *process) freeze() { p.signal(syscall.SIGSTOP) }
func (p *process) thaw()   { p.signal(syscall.SIGCONT) }

func (p *process) signal(s syscall.Signal) {
	if err := p.Cmd.Process.Signal(s); err != nil {
		p.t.Errorf("%s: %v: %v", p.Name, s, err)
	}
}

// stop ends the process as its user would, and waits for it.
func (p *process) stop() error {
	err := p.Stop(syscall.SIGCONT, syscall.SIGTERM)
	p.used = p.Cmd.ProcessState.UserTime() + p.Cmd.ProcessState.SystemTime()
	return err
}

// tick is the unit of times in /proc: Linux shows them in hundredths of a second on every machine.
const tick = 10 * time.Millisecond

// cpu is the time that all threads of the process have spent, in user and system.
func (p *process) cpu() time.Duration {
	p.t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Cmd.Process.Pid))
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

// weight is what a process took of memory, in the mean of some time and at most; bytes.
type weight struct{ rss, most, anonymous int64 }

// weigh looks at the process's memory until the returned function is called.
func (p *process) weigh() func() weight {
	var w weight
	var n int64
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		look := time.NewTicker(50 * time.Millisecond)
		defer look.Stop()
		for {
			all, anonymous := p.memory()
			n++
			w.rss, w.anonymous, w.most = w.rss+all, w.anonymous+anonymous, max(w.most, all)
			select {
			case <-end:
				return
			case <-look.C:
			}
		}
	}()
	return func() weight {
		close(end)
		<-ended
		return weight{w.rss / n, w.most, w.anonymous / n}
	}
}

// status is a number of /proc/<pid>/status; 0 if it is not there.
func (p *process) status(name string) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Cmd.Process.Pid))
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
