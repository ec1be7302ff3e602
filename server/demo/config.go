package demo

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"time"
)

// Least is the shortest time a run may be given: less leaves no room for a change and for the poll that finds it.
const Least = 3 * time.Second

// Config of a demo. Builtin is required; the zero value of every other field is its default.
type Config struct {
	// For is how long to run from the first change on; 0 = until the context ends.
	For time.Duration
	// JSON prints one line with the counts on Out and everything else on Err.
	JSON bool
	// Color colours what is for people.
	Color bool
	// Out and Err are where to print; nil = nowhere.
	Out, Err io.Writer
	// Builtin holds the adapters icontact.wasm and acton.wasm.
	Builtin fs.FS
	// Dir is the data folder, which must be new or empty and stays; "" = a temporary one that is removed.
	Dir string
	// Seed decides what changes at the providers.
	Seed uint64
	// Logger takes what the server logs; nil = nowhere.
	Logger *slog.Logger
}

func (c Config) withDefaults() (Config, error) {
	var faults []error
	if c.For != 0 && c.For < Least {
		faults = append(faults, fmt.Errorf("field For is %v: want %v or more, or 0 for no end", c.For, Least))
	}
	faults = append(faults, c.checkAdapters(), c.checkDir())
	if c.Out == nil {
		c.Out = io.Discard
	}
	if c.Err == nil {
		c.Err = io.Discard
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, errors.Join(faults...)
}

func (c Config) checkAdapters() error {
	if c.Builtin == nil {
		return errors.New("field Builtin is missing")
	}
	for _, name := range []string{"icontact.wasm", "acton.wasm"} {
		if _, err := fs.Stat(c.Builtin, name); err != nil {
			return fmt.Errorf("the adapter %s is not built in; `make build` compiles it and builds it in", name)
		}
	}
	return nil
}

// checkDir refuses a used folder: the instances in it would poll simulators that are gone.
func (c Config) checkDir() error {
	if c.Dir == "" {
		return nil
	}
	entries, err := os.ReadDir(c.Dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("data folder: %w", err)
	case len(entries) > 0:
		return fmt.Errorf("data folder %s is not empty: the demo needs a new one", c.Dir)
	}
	return nil
}
