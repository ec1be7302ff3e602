//go:build unix

package benchmark

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// usedCPU is the time that all threads of this process have spent, in user and system.
func usedCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident is the memory of this process, and how much of it are not pages of files (Badger maps its own); 0 where /proc is not.
func resident() (all, anonymous int64) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, 0
	}
	kilobytes := func(name string) int64 {
		_, rest, _ := strings.Cut(string(status), name+":")
		fields := strings.Fields(rest)
		if len(fields) == 0 {
			return 0
		}
		n, _ := strconv.ParseInt(fields[0], 10, 64)
		return n << 10
	}
	return kilobytes("VmRSS"), kilobytes("RssAnon")
}
