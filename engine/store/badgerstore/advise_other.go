//go:build !linux

package badgerstore

// adviseRandom is for Linux, where large folios make it worth while.
func adviseRandom(_, _ string) error { return nil }

// letGo and mapped are for Linux: elsewhere the system takes what it needs, as it would there.
func letGo(_, _ string) error { return nil }

func mapped() int64 { return 0 }
