package engine

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// diskEvery is how often the disk is looked at. Between two looks a store at full speed writes far less than the reserve.
const diskEvery = 2 * time.Second

// disk watches how much of the disk the data folder takes, and how much is left, so that polling stops before a write fails. Delivery goes
// on: it is what makes room.
type disk struct {
	budget  int64 // bytes of the data folder; 0 = no bound
	reserve int64 // bytes that must stay free
	used    func() int64
	free    func() (int64, error)
	changed func()
	log     *slog.Logger
	full    atomic.Pointer[string]
}

// Full is why polling stops; "" = it does not.
func (d *disk) Full() string {
	if reason := d.full.Load(); reason != nil {
		return *reason
	}
	return ""
}

// run looks at the disk until ctx ends.
func (d *disk) run(ctx context.Context) error {
	ticker := time.NewTicker(diskEvery)
	defer ticker.Stop()
	for {
		d.look()
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func (d *disk) look() {
	was := d.Full()
	now := d.judge(was != "")
	switch {
	case now != "":
		d.full.Store(&now)
		if was == "" {
			d.log.Error("polling stops until there is room on the disk; deliveries go on", "reason", now)
		}
	case was != "":
		d.full.Store(nil)
		d.log.Info("there is room on the disk again, polling goes on")
		d.changed()
	}
}

// judge says what is wrong. Once something is, a tenth more than the bound must be there before it is not, so that it does not come and go.
func (d *disk) judge(full bool) string {
	budget, reserve := d.budget, d.reserve
	if full {
		budget, reserve = budget-budget/10, reserve+reserve/10
	}
	if used := d.used(); budget > 0 && used >= budget {
		return fmt.Sprintf("the data folder takes %s of its budget of %s", bytesText(used), bytesText(d.budget))
	}
	free, err := d.free()
	if err != nil {
		d.log.Warn("free space of the disk cannot be read", "err", err)
		return ""
	}
	if free < reserve {
		return fmt.Sprintf("the disk has %s free, %s must stay", bytesText(free), bytesText(d.reserve))
	}
	return ""
}

func bytesText(n int64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB"}
	value, unit := float64(n), 0
	for value >= 1024 && unit < len(units)-1 {
		value, unit = value/1024, unit+1
	}
	return fmt.Sprintf("%.4g %s", value, units[unit])
}
