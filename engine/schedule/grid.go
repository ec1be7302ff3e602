package schedule

import (
	"strconv"
	"time"
)

// untilTick is the time from now to the item's next grid tick: in (0, interval].
func untilTick(now time.Time, hash uint64, interval time.Duration) time.Duration {
	phase := int64(hash % uint64(interval))
	since := (now.UnixNano() - phase) % int64(interval)
	if since < 0 {
		since += int64(interval)
	}
	return interval - time.Duration(since)
}

// untilFirst is the time from now to the first poll of a spread item: in (0, min(interval, limit)]. A grid tick that is near enough
// serves as the first poll; else another part of the hash places it, so that the two do not depend on each other.
func untilFirst(now time.Time, hash uint64, interval, limit time.Duration) time.Duration {
	if tick := untilTick(now, hash, interval); tick <= limit {
		return tick
	}
	return time.Duration(mix(hash+1)%uint64(limit)) + 1
}

// hashOf is the same in every process and on every machine: a restart does not move the grid. It is FNV-1a, whose low bits alone
// would put instances with consecutive ids into a few clusters, followed by a mixing step.
func hashOf(instance int64, resource string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	var digits [20]byte
	for _, digit := range strconv.AppendInt(digits[:0], instance, 10) {
		h = (h ^ uint64(digit)) * prime
	}
	h *= prime // a zero byte keeps (1, "2c") and (12, "c") apart
	for i := range len(resource) {
		h = (h ^ uint64(resource[i])) * prime
	}
	return mix(h)
}

// mix is the finalizer of MurmurHash3: each bit of the input changes about half the bits of the output.
func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
