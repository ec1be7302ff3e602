package crash

import (
	"fmt"
	"net"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/beside"
)

// A second process on the folder is refused, and the first goes on.
func TestSecondProcess(t *testing.T) {
	s := newSteady(t, nil)
	args := slices.Clone(s.args)
	args[slices.Index(args, "--addr")+1] = beside.Address(t)
	s.refuses(s.command(args...), "the folder is in use by another process", s.data())
	s.add()
	s.delivered()
}

// A program that stood still for some seconds, in the midst of its work, goes on as if nothing had been.
func TestStoppedAndContinued(t *testing.T) {
	s := newSteady(t, nil)
	for range 2 {
		s.add()
		if err := s.first(s.arm("acton", "page answered"), 0); err != nil {
			t.Fatal(err)
		}
		_ = s.program.cmd.Process.Signal(syscall.SIGSTOP)
		s.add()
		pause(5 * time.Second) // how long it stands still is the test's input
		_ = s.program.cmd.Process.Signal(syscall.SIGCONT)
		s.add()
		s.delivered()
	}
	if sum := s.account.sum(); sum.repeated > 0 {
		t.Errorf("%d versions came again", sum.repeated)
	}
}

// descriptors is how many files and connections the program may have open. It needs about thirty of them to work.
const descriptors = "60"

// When all its file descriptors are used, by clients that hold connections open, polls and deliveries wait or fail; nothing is lost, and when there
// are some again it goes on. Should the store have failed meanwhile, the program has ended with a message, and a start goes on.
func TestOutOfDescriptors(t *testing.T) {
	s := newSteady(t, func(w *world) {
		w.through = []string{"sh", "-c", "ulimit -n " + descriptors + `; exec "$@"`, "sh"}
	})
	var held []net.Conn
	for range 100 {
		if c, err := net.DialTimeout("tcp", s.addr, time.Second); err == nil {
			held = append(held, c)
		}
	}
	for range 5 {
		s.add()
		pause(time.Second) // how long they are missing is the test's input
	}
	t.Logf("%d of %s descriptors are used, %d records are to come", s.open(), descriptors, len(s.left()))
	for _, c := range held {
		_ = c.Close()
	}
	if !s.alive() {
		s.failed()
		s.start()
	}
	s.add()
	s.delivered()
}

// open is how many descriptors the program has, where that can be told.
func (s *steady) open() int {
	all, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.program.cmd.Process.Pid))
	return len(all)
}
