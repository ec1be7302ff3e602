package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Config configures a Scheduler.
type Config struct {
	// Run polls one item. It is called on its own goroutine, never twice at once for one item, and must return soon after ctx ends. It
	// sets its own deadline. A panic is logged and counts as a failure. Required.
	Run func(ctx context.Context, item Item) Result
	// Workers is the number of polls that run at once. Default 16.
	Workers int
	// PerInstance is the number of polls of one instance that run at once. Default a quarter of Workers, at least 1.
	PerInstance int
	// Spread limits the time over which first polls are spread. Default 5 minutes.
	Spread time.Duration
	// Started, if set, is told of each poll that starts how long after coming due it does. It must neither block nor call the scheduler.
	Started func(lag time.Duration)
	// Logger gets panics of Run. Default: none are logged.
	Logger *slog.Logger
}

func (c *Config) setDefaults() error {
	if c.Run == nil {
		return errors.New("schedule: Config.Run is nil; it is the function that polls an item")
	}
	if c.Workers < 0 || c.PerInstance < 0 || c.Spread < 0 {
		return fmt.Errorf("schedule: Config.Workers %d, PerInstance %d and Spread %v must not be negative; 0 means the default",
			c.Workers, c.PerInstance, c.Spread)
	}
	if c.Workers == 0 {
		c.Workers = 16
	}
	if c.PerInstance == 0 {
		c.PerInstance = max(1, c.Workers/4)
	}
	c.PerInstance = min(c.PerInstance, c.Workers)
	if c.Spread == 0 {
		c.Spread = 5 * time.Minute
	}
	if c.Started == nil {
		c.Started = func(time.Duration) {}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}
