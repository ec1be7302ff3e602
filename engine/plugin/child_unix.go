//go:build unix

package plugin

import (
	"errors"

	"golang.org/x/sys/unix"
)

// limitProcess bounds this process: seconds of processor, bytes of addresses.
func limitProcess(seconds, memory uint64) error {
	set := func(resource int, n uint64) error {
		var limit unix.Rlimit
		if err := unix.Getrlimit(resource, &limit); err != nil {
			return err
		}
		limit.Cur = min(n, limit.Max)
		return unix.Setrlimit(resource, &limit)
	}
	return errors.Join(set(unix.RLIMIT_CPU, seconds), set(unix.RLIMIT_AS, memory))
}
