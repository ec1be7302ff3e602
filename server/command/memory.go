package command

import (
	"context"
	"math"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	measureEvery = 2 * time.Second
	garbageRoom  = 32 << 20 // bytes of garbage in any case, and of what the runtime itself takes
)

// keepWithin has the garbage collector keep the process's memory, but for pages of files, within a limit of bytes for as long as what is in use is
// well below it. Go's own rule lets the heap double between two collections, and much of what the store allocates are large buffers, in use for less
// than a second and without pointers: to collect them earlier costs little. GOMEMLIMIT, if it is set, says how it is to be.
func keepWithin(ctx context.Context, limit int64) error {
	if limit == 0 || os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(limit))
	tick := time.NewTicker(measureEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			debug.SetMemoryLimit(limitFor(limit, read("/gc/heap/live:bytes"), read("/gc/scan/heap:bytes")))
		}
	}
}

// limitFor raises a limit so far above what the last collection found in use that there is as much garbage between two collections as there is
// memory to be looked at in one. So a heap that does not fit is not collected over and over, and one of large buffers does not double.
func limitFor(limit int64, used, scanned uint64) int64 {
	if used > math.MaxInt64/4 || scanned > math.MaxInt64/4 {
		return math.MaxInt64
	}
	return max(limit, int64(used+scanned)+garbageRoom)
}

// read is one of the runtime's figures.
func read(name string) uint64 {
	sample := []metrics.Sample{{Name: name}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
