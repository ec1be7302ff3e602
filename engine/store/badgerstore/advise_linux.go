package badgerstore

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// adviseRandom tells the system not to read ahead in the files of a folder with an ending.
func adviseRandom(dir, ending string) error { return advise(dir, ending, unix.MADV_RANDOM) }

// letGo gives the memory back that this process has of the files of a folder with an ending, as far as they are on the disk. What is read again comes from
// there.
func letGo(dir, ending string) error { return advise(dir, ending, unix.MADV_PAGEOUT) }

// mapped is how many bytes this process has of files.
func mapped() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, resident, shared int64
	_, _ = fmt.Sscan(string(text), &size, &resident, &shared)
	return shared * int64(os.Getpagesize())
}

// advise tells the system something of this process's mappings of the files in a folder with an ending. Badger does not hand out its mappings, so they
// are looked up. Should one be gone by the time of the advice, its addresses may be used otherwise: so it has to be an advice that does no harm to any
// memory. MADV_DONTNEED would be none: it empties what is not a file's.
func advise(dir, ending string, advice uintptr) error {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		addresses, rest, _ := strings.Cut(lines.Text(), " ")
		i := strings.IndexByte(rest, '/')
		if i < 0 || filepath.Dir(rest[i:]) != dir || filepath.Ext(rest) != ending {
			continue
		}
		if err := madvise(addresses, advice); err != nil {
			return fmt.Errorf("%s: %w", rest[i:], err)
		}
	}
	return lines.Err()
}

// madvise takes addresses in the form of /proc/self/maps: two hexadecimal numbers.
func madvise(addresses string, advice uintptr) error {
	var from, to uintptr
	if _, err := fmt.Sscanf(addresses, "%x-%x", &from, &to); err != nil {
		return fmt.Errorf("addresses %q: %w", addresses, err)
	}
	if _, _, errno := unix.Syscall(unix.SYS_MADVISE, from, to-from, advice); errno != 0 {
		return fmt.Errorf("madvise: %w", errno)
	}
	return nil
}
