//go:build !unix

package benchmark

import "time"

// What this system uses is not measured.
func usedCPU() time.Duration           { return 0 }
func resident() (all, anonymous int64) { return 0, 0 }
