package plugin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// wasmPage is the unit in which WebAssembly counts memory, in bytes.
const wasmPage = 64 << 10

// Config says what New loads and how far adapters may go. Every zero field has a default.
type Config struct {
	// Builtin holds the built-in adapters, "*.wasm" at its root; nil = none. One that cannot be loaded is an error of New.
	Builtin fs.FS
	// Dir is a folder of further adapters, "*.wasm", watched by Run; "" = none. It must exist. A bad file in it is a Refusal.
	Dir string
	// Judge may refuse a module of Dir that is in order otherwise; its error is the reason. nil = none is refused.
	Judge func(Element) error
	// AllowOverride lets a file in Dir replace the built-in adapter of the same element.
	AllowOverride bool
	// CacheDir keeps compiled modules between starts; it is made with mode 0700, because what lies there is run as machine code.
	// "" = they are compiled at every start (seconds for a Go adapter).
	CacheDir string
	// Fresh has every call run in an instance made for it, as on systems whose memory cannot be reset page by page.
	Fresh bool
	// Child, with a CacheDir, makes a process of its own for each new module of Dir, which calls Child with its standard input and output. So a
	// module that the compiler cannot cope with costs that process its life, and not this one. nil = they are prepared in this process.
	Child func(context.Context) *exec.Cmd
	// Parallel is how many calls run at once; default GOMAXPROCS+1. Further ones wait. An adapter of Dir has at most two fewer, but one in any
	// case: when its calls do not end, others have slots and a processor.
	Parallel int
	Limits   Limits
	// Debounce is how long the folder must be quiet after a change before it is read; default 200ms. A folder that is never quiet is read
	// after ten times that.
	Debounce time.Duration
	// Rescan is how often the folder is read even if no change was noticed (network file systems notify of none); default 30s.
	Rescan time.Duration
	// Witness is for tests: after each call of an adapter it is shown the input and the whole memory, before that is reset. It must keep neither.
	// nil in production.
	Witness func(element string, input, memory []byte)
	// Logger gets one line per adapter loaded or refused; default: nothing is logged.
	Logger *slog.Logger
}

// Limits bound what one adapter may use.
type Limits struct {
	Memory   int64         // linear memory in bytes, rounded down to 64 KiB; default 128 MiB, at most 4 GiB
	Input    int64         // bytes of one call's input, control document and body; default 32 MiB
	Output   int64         // bytes of one reply; default 8 MiB
	Manifest int64         // bytes of the reply to describe; default 1 MiB
	Stderr   int           // bytes kept of what it writes to stdout and stderr; default 64 KiB
	Module   int64         // bytes of a .wasm file; default 32 MiB
	Records  int           // inline records of a page; default 10,000
	Fuel     int64         // of one call, in units of package meter (a loop's turn or more); default 10 billion, some ten seconds
	Deadline time.Duration // of one call, waiting for a free slot not counted; default 10s
	Failures int           // calls in a row that crash or do not end, after which an adapter is suspended; default 5
}

// withDefaults fills the zero fields and checks the others.
func (c Config) withDefaults() (Config, error) {
	orDefault(&c.Parallel, runtime.GOMAXPROCS(0)+1)
	orDefault(&c.Debounce, 200*time.Millisecond)
	orDefault(&c.Rescan, 30*time.Second)
	orDefault(&c.Limits.Memory, 128<<20)
	orDefault(&c.Limits.Input, 32<<20)
	orDefault(&c.Limits.Output, 8<<20)
	orDefault(&c.Limits.Manifest, 1<<20)
	orDefault(&c.Limits.Stderr, 64<<10)
	orDefault(&c.Limits.Module, 32<<20)
	orDefault(&c.Limits.Records, 10_000)
	orDefault(&c.Limits.Fuel, 10_000_000_000)
	orDefault(&c.Limits.Deadline, 10*time.Second)
	orDefault(&c.Limits.Failures, 5)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, errors.Join(c.checkLimits(), c.checkDir())
}

func (c Config) checkLimits() error {
	var errs []error
	positive := func(field string, v int64) {
		if v < 0 {
			errs = append(errs, fmt.Errorf("config %s is %d, must be positive", field, v))
		}
	}
	positive("Parallel", int64(c.Parallel))
	positive("Debounce", int64(c.Debounce))
	positive("Rescan", int64(c.Rescan))
	positive("Limits.Input", c.Limits.Input)
	positive("Limits.Output", c.Limits.Output)
	positive("Limits.Manifest", c.Limits.Manifest)
	positive("Limits.Stderr", int64(c.Limits.Stderr))
	positive("Limits.Module", c.Limits.Module)
	positive("Limits.Records", int64(c.Limits.Records))
	positive("Limits.Fuel", c.Limits.Fuel)
	positive("Limits.Deadline", int64(c.Limits.Deadline))
	positive("Limits.Failures", int64(c.Limits.Failures))
	if c.Limits.Memory < wasmPage || c.Limits.Memory > 4<<30 {
		errs = append(errs, fmt.Errorf("config Limits.Memory is %d bytes, must be between 64 KiB and 4 GiB", c.Limits.Memory))
	}
	return errors.Join(errs...)
}

func (c Config) checkDir() error {
	if c.Dir == "" {
		return nil
	}
	info, err := os.Stat(c.Dir)
	if err != nil {
		return fmt.Errorf("config Dir: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("config Dir: %s is not a folder", c.Dir)
	}
	return nil
}

// orDefault sets *v to d if it is zero.
func orDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
