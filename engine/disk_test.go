package engine

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
)

func TestDiskIsFullByBudgetOrReserve(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	var used, free int64 = 10 * mib, 1000 * mib
	var freeErr error
	changed := 0
	d := &disk{
		budget: 100 * mib, reserve: 50 * mib, used: func() int64 { return used }, free: func() (int64, error) { return free, freeErr },
		changed: func() { changed++ }, log: slog.New(slog.DiscardHandler),
	}
	for _, step := range []struct {
		what       string
		used, free int64
		err        error
		want       string
		changed    int
	}{
		{"room", 10, 1000, nil, "", 0},
		{"budget used up", 100, 1000, nil, "the data folder takes 100 MiB of its budget of 100 MiB", 0},
		{"only just below", 91, 1000, nil, "the data folder takes 91 MiB", 0},
		{"a tenth below", 89, 1000, nil, "", 1},
		{"the disk itself is full", 10, 49, nil, "the disk has 49 MiB free, 50 MiB must stay", 1},
		{"only just more", 10, 54, nil, "the disk has 54 MiB free", 1},
		{"a tenth more", 10, 56, nil, "", 2},
		{"free space unknown: the budget alone counts", 10, 0, errors.New("no statfs"), "", 2},
	} {
		used, free, freeErr = step.used*mib, step.free*mib, step.err
		d.look()
		if got := d.Full(); !strings.HasPrefix(got, step.want) || (got == "") != (step.want == "") || changed != step.changed {
			t.Errorf("%s: %q, told %d times; want %q, %d", step.what, got, changed, step.want, step.changed)
		}
	}
}
