//go:build !linux

package badgerstore

// adviseRandom is for Linux, where large folios make it worth while.
func adviseRandom(_, _ string) error { return nil }
