//go:build unix

package command

import (
	"syscall"

	"github.com/pollwright/pollwright/engine"
)

// examineFiles looks whether the process may open enough files.
func examineFiles(work int) engine.Finding {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return engine.Finding{Name: "open files", State: engine.HealthOK, Found: "not known: " + err.Error()}
	}
	return judgeFiles(uint64(limit.Cur), work)
}
