//go:build !unix

package plugin

// limitProcess has no means here; the time limit of the caller holds.
func limitProcess(seconds, memory uint64) error { return nil }
