package badgerstore

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// adviseRandom advises MADV_RANDOM for this process's mappings of the files in a folder with an ending. Badger does not hand out its
// mappings, so they are looked up. Should one be gone by the time of the advice, and its addresses be used otherwise, that memory is
// read without read-ahead: no more.
func adviseRandom(dir, ending string) error {
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
		if err := madvise(addresses); err != nil {
			return fmt.Errorf("%s: %w", rest[i:], err)
		}
	}
	return lines.Err()
}

// madvise takes addresses in the form of /proc/self/maps: two hexadecimal numbers.
func madvise(addresses string) error {
	var from, to uintptr
	if _, err := fmt.Sscanf(addresses, "%x-%x", &from, &to); err != nil {
		return fmt.Errorf("addresses %q: %w", addresses, err)
	}
	if _, _, errno := unix.Syscall(unix.SYS_MADVISE, from, to-from, unix.MADV_RANDOM); errno != 0 {
		return fmt.Errorf("madvise: %w", errno)
	}
	return nil
}
