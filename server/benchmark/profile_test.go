package benchmark

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
)

// startProfiles writes a CPU profile of this process into a folder, and when it is stopped one of its allocations.
func startProfiles(dir string) (stop func()) {
	if dir == "" {
		return func() {}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		panic(err)
	}
	cpu, err := os.Create(filepath.Join(dir, fmt.Sprintf("cpu-%d.pprof", os.Getpid())))
	if err == nil {
		err = pprof.StartCPUProfile(cpu)
	}
	if err != nil {
		panic(err)
	}
	return func() {
		pprof.StopCPUProfile()
		_ = cpu.Close()
		allocs, err := os.Create(filepath.Join(dir, fmt.Sprintf("allocs-%d.pprof", os.Getpid())))
		if err != nil {
			panic(err)
		}
		defer allocs.Close()
		_ = pprof.Lookup("allocs").WriteTo(allocs, 0)
	}
}
