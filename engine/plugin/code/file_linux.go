package code

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"unsafe"

	"github.com/tetratelabs/wazero/api"
	"golang.org/x/sys/unix"
)

// File has the machine code of the module that m is an instance of lie in the file of that name, which it makes if it is not there or holds
// something else. m must stay open meanwhile. An error other than ErrUnavailable means that the code is lost, and must not be run.
func File(m api.Module, name string) error {
	text, err := find(m)
	if err != nil {
		return err
	}
	start, length := unsafe.Pointer(unsafe.SliceData(text)), roundUp(len(text))
	if filed, err := inFile(uintptr(start), length); err != nil || filed {
		return err
	}
	f, err := open(name, text)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	defer f.Close()
	return replace(start, length, int(f.Fd()))
}

// replace puts a mapping of the file in place of what is there.
func replace(start unsafe.Pointer, length, fd int) error {
	const protection, flags = unix.PROT_READ | unix.PROT_EXEC, unix.MAP_PRIVATE
	// Somewhere else first: whatever forbids it forbids it here, and does no harm.
	trial, err := unix.MmapPtr(fd, 0, nil, uintptr(length), protection, flags)
	if err != nil {
		return fmt.Errorf("%w: map the file as code: %w", ErrUnavailable, err)
	}
	if err := unix.MunmapPtr(trial, uintptr(length)); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if _, err := unix.MmapPtr(fd, 0, start, uintptr(length), protection, flags|unix.MAP_FIXED); err != nil {
		return fmt.Errorf("put the machine code's file in its place: %w", err)
	}
	return nil
}

// open gives the file of that name, if it holds the code, or makes it.
func open(name string, text []byte) (*os.File, error) {
	f, err := os.Open(name)
	if err == nil {
		if err = holds(f, text); err == nil {
			return f, nil
		}
		_ = f.Close()
	}
	if err := write(name, text); err != nil {
		return nil, err
	}
	if f, err = os.Open(name); err != nil {
		return nil, err
	}
	if err := holds(f, text); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// holds compares the whole file with the code, and what fills its last page with nothing. It reads and does not map, since what is read is not
// resident.
func holds(f *os.File, text []byte) error {
	const most = 64 << 10
	buffer := make([]byte, most)
	for rest := text; ; {
		n, err := io.ReadFull(f, buffer[:min(most, max(len(rest), 1))])
		switch {
		case len(rest) == 0 && errors.Is(err, io.EOF):
			return nil
		case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
			return err
		case n > len(rest) || !bytes.Equal(buffer[:n], rest[:n]):
			return fmt.Errorf("%s holds other code", f.Name())
		}
		rest = rest[n:]
	}
}

// write makes the file at once or not at all. It is synced: a page that never reached the disk would be read back as something else.
func write(name string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), "new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// inFile says whether the code lies in a file already, as that of a module that is installed twice does. It fails unless the range is what wazero
// makes, or File: private memory that can be executed and not written.
func inFile(start uintptr, length int) (filed bool, err error) {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	defer f.Close()
	at, end := start, start+uintptr(length)
	for lines := bufio.NewScanner(f); lines.Scan() && at < end; {
		var from, to uintptr
		var inode, offset uint64
		var mode, device string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s %x %s %d", &from, &to, &mode, &offset, &device, &inode); err != nil {
			return false, fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		if from > at || to <= at {
			continue
		}
		if mode != "r-xp" {
			return false, fmt.Errorf("%w: it is mapped %s", ErrUnavailable, mode)
		}
		filed = inode != 0
		at = to
	}
	if at < end || start%uintptr(os.Getpagesize()) != 0 {
		return false, fmt.Errorf("%w: it is not mapped in whole pages", ErrUnavailable)
	}
	return filed, nil
}

func roundUp(n int) int {
	page := os.Getpagesize()
	return (n + page - 1) / page * page
}
