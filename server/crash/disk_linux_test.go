package crash

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const mib = 1 << 20

// onDisk has the data folder on a disk of its own of some size, in memory. It is mounted for this test only, and needs root.
func onDisk(bytes int) func(w *world) {
	return func(w *world) {
		w.t.Helper()
		if err := os.Mkdir(w.data(), 0o700); err != nil {
			w.t.Fatal(err)
		}
		err := syscall.Mount("tmpfs", w.data(), "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", bytes))
		if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
			w.t.Skip("a disk for the test cannot be mounted: that needs root (and, in a container, CAP_SYS_ADMIN)")
		}
		if err != nil {
			w.t.Fatal(err)
		}
		w.t.Cleanup(func() { _ = syscall.Unmount(w.data(), syscall.MNT_DETACH) })
	}
}

// fill leaves some bytes of the disk free; -1 = none, however little. It returns how to free them again.
func (s *steady) fill(leave int64) (free func()) {
	s.t.Helper()
	file := filepath.Join(s.data(), "filler")
	f, err := os.Create(file)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for chunk := make([]byte, 64<<10); len(chunk) > 0 && s.room() > leave; {
		if _, err := f.Write(chunk); err != nil {
			chunk = chunk[:len(chunk)/2]
		}
	}
	return func() {
		if err := os.Remove(file); err != nil {
			s.t.Error(err)
		}
	}
}

// room is how many bytes of the disk are free.
func (s *steady) room() int64 {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(s.data(), &fs); err != nil {
		s.t.Fatal(err)
	}
	return int64(fs.Bavail) * fs.Bsize
}

// A disk that gets full halts polling before it is full. What was found is delivered, and when there is room again polling goes on.
func TestDiskRunsFull(t *testing.T) {
	s := newSteady(t, onDisk(400*mib), "--disk-reserve", fmt.Sprint(100*mib))
	free := s.fill(70 * mib)
	halted := func() bool {
		var ready struct{ Polling string }
		_, err := s.ask(t.Context(), http.MethodGet, "/readyz", nil, &ready)
		return err == nil && strings.HasPrefix(ready.Polling, "halted: ")
	}
	await(t, halted, func() string { return "polling is not halted\n" + s.program.said() })
	s.add()
	pause(3 * time.Second) // three intervals in which nothing may be polled
	if len(s.left()) != 2 {
		t.Errorf("%v is to come, want both records", s.left())
	}
	free()
	s.delivered()
}

// A disk without a reserve that is full to its last byte ends the program in order, with a message, and a start on it is refused. When there is
// room again a start goes on.
func TestDiskIsFull(t *testing.T) {
	s := newSteady(t, onDisk(200*mib), "--disk-reserve", "0")
	free := s.fill(-1)
	s.add()
	s.program.end(patience)
	s.account.end(s.runs)
	t.Log(s.program.said())
	s.says(s.program, "the store failed", "the disk is full", s.data())
	s.refuses(s.command(s.args...), "the disk is full", s.data())
	free()
	s.start()
	s.add()
	s.delivered()
}

// A folder that cannot be written is refused, and as it was when it can be again.
func TestReadOnlyFolder(t *testing.T) {
	s := newSteady(t, onDisk(400*mib))
	s.program.stop()
	remount := func(flags uintptr) {
		if err := syscall.Mount("", s.data(), "", syscall.MS_REMOUNT|flags, ""); err != nil {
			t.Fatal(err)
		}
	}
	remount(syscall.MS_RDONLY)
	s.refuses(s.command(s.args...), "read-only file system", s.data())
	remount(0)
	s.start()
	s.add()
	s.delivered()
}
