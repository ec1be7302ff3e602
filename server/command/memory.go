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
	garbageRoom  = 64 << 20 // bytes of garbage in any case, and of what the runtime itself takes
)

// keepWithin has the garbage collector keep the process's memory, but for pages of files, within a limit of bytes for as long as what is in use is
// well below it. Go's own rule lets the heap double between two collections, and much of what the store allocates are large buffers that are in use
// for less than a second. GOMEMLIMIT, if it is set, says how it is to be.
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
			debug.SetMemoryLimit(limitFor(limit, inUse()))
		}
	}
}

// limitFor raises a limit to half more than what is in use, and some room. Less room costs more than it brings: with 32 MB for
// garbage, collecting took a sixth of all CPU while events came steadily, and when more came than could be delivered an event cost twice as much.
func limitFor(limit int64, used uint64) int64 {
	if used > math.MaxInt64/4 {
		return math.MaxInt64
	}
	return max(limit, int64(used)*3/2+garbageRoom)
}

// inUse is what the last collection found to be in use.
func inUse() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
