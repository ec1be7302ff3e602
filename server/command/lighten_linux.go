package command

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// forgetProgram has the process forget its pages of the program's file, and says how many bytes they were. They are pages of a file that the system
// keeps in its cache and would take from the process when memory is short: that they no longer count as the process's is what changes.
//
// Only mappings are forgotten that cannot be written and of which no page differs from the file, as one would that a loader has relocated or a debugger has
// put a breakpoint into: a page that is forgotten is read from the file again.
func forgetProgram() (bytes int, err error) {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return 0, err
	}
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	parts, err := unchanged(f, program)
	if err != nil {
		return 0, err
	}
	for _, m := range parts {
		// An address and a length, not a pointer: Go knows nothing of this memory.
		if _, _, errno := unix.Syscall(unix.SYS_MADVISE, m.start, m.end-m.start, unix.MADV_DONTNEED); errno != 0 {
			return bytes, fmt.Errorf("forget %x-%x of %s: %w", m.start, m.end, program, errno)
		}
		bytes += m.resident << 10
	}
	return bytes, nil
}

// mapping is a part of the address space.
type mapping struct {
	start, end      uintptr
	mode, file      string
	resident, other int // KiB; other: of it pages that are not as in the file
}

// unchanged reads smaps (proc_pid_smaps(5)) for the parts that map the file, cannot be written and are as in it.
func unchanged(smaps io.Reader, file string) (list []mapping, err error) {
	var m mapping
	keep := func() {
		if m.file == file && (m.mode == "r--p" || m.mode == "r-xp") && m.other == 0 {
			list = append(list, m)
		}
	}
	lines := bufio.NewScanner(smaps)
	for lines.Scan() {
		name, rest, _ := strings.Cut(lines.Text(), " ")
		var kib int
		switch {
		case strings.Contains(name, "-"):
			keep()
			m = mapping{}
			if _, err := fmt.Sscanf(name, "%x-%x", &m.start, &m.end); err != nil {
				return nil, err
			}
			// mode, offset, device and inode have no space in them; a file's name may
			if fields := strings.SplitN(rest, " ", 5); len(fields) == 5 {
				m.mode, m.file = fields[0], strings.TrimLeft(fields[4], " ")
			}
		case name == "Rss:", name == "Anonymous:", name == "Swap:":
			if _, err := fmt.Sscanf(rest, "%d kB", &kib); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if name == "Rss:" {
				m.resident = kib
			} else {
				m.other += kib
			}
		}
	}
	keep()
	return list, lines.Err()
}
