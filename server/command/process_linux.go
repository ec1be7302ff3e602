package command

import (
	"syscall"

	"github.com/pollwright/pollwright/engine"
)

// clockUnsynchronized is what adjtimex(2) answers then (TIME_ERROR).
const clockUnsynchronized = 5

// examineSync asks the kernel whether something keeps the clock right.
func examineSync() engine.Finding {
	f := engine.Finding{Name: "clock, kept right", State: engine.HealthOK, Found: "the kernel says so"}
	state, err := syscall.Adjtimex(&syscall.Timex{})
	switch {
	case err != nil:
		f.Found = "not known: " + err.Error()
	case state == clockUnsynchronized:
		f.State, f.Found, f.Do = engine.HealthWarn, "the kernel knows of nothing that keeps it right", "run an NTP client, such as chrony or systemd-timesyncd; in a virtual machine the host may do it"
	}
	return f
}
