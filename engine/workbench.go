package engine

import (
	"context"
	"os/exec"
	"time"

	"github.com/pollwright/pollwright/engine/plugin"
	"github.com/pollwright/pollwright/sdk"
)

// Workbench is one adapter in the sandbox that it would be run in, without an engine around it: for its author's tools. Its methods may be
// called from several goroutines until Close.
type Workbench struct {
	// Adapter is what an installation would show of it.
	Adapter Adapter
	// Manifest is what it says of itself, checked.
	Manifest sdk.Manifest
	// Imports is what it wants from the host, as "module.name".
	Imports []string

	catalog *plugin.Catalog
}

// CallCost is what a call of an adapter used.
type CallCost struct {
	Duration time.Duration
	Memory   int64 // bytes of linear memory when it ended
	Fuel     int64 // units of the meter; the same call always spends the same
}

// WorkbenchConfig: every field may be zero.
type WorkbenchConfig struct {
	// Cache is a folder that keeps what was compiled; "" = it is compiled each time, in seconds for an adapter of Go.
	Cache string
	// Child is Config.PrepareAdapter.
	Child func(context.Context) *exec.Cmd
}

// OpenWorkbench checks a module as an installation would, and keeps it to be called. file names it in errors. Errors: *AdapterError for what
// is wrong with the module.
func OpenWorkbench(ctx context.Context, file string, wasm []byte, c WorkbenchConfig) (*Workbench, error) {
	imports, err := plugin.Imports(wasm)
	if err != nil {
		return nil, adapterError(file, err)
	}
	catalog, err := plugin.New(plugin.Config{CacheDir: c.Cache, Child: c.Child})
	if err != nil {
		return nil, err
	}
	el, err := catalog.Adopt(ctx, file, wasm)
	if err != nil {
		_ = catalog.Close(ctx) // nothing runs
		return nil, adapterError(file, err)
	}
	return &Workbench{Adapter: viewAdapter(el), Manifest: el.Manifest, Imports: imports, catalog: catalog}, nil
}

// Call asks the adapter one operation of the ABI and gives its reply with the first byte, unjudged. now is the guest's clock. The error says
// that the call itself broke: a crash, a deadline, no fuel.
func (w *Workbench) Call(ctx context.Context, op int, input []byte, now time.Time) ([]byte, CallCost, error) {
	out, cost, err := w.catalog.Ask(ctx, w.Manifest.Key, int32(op), input, now)
	return out, CallCost{Duration: cost.Duration, Memory: int64(cost.Pages) << 16, Fuel: cost.Fuel}, err
}

// Close frees the sandbox when the calls that run have ended.
func (w *Workbench) Close(ctx context.Context) error { return w.catalog.Close(ctx) }
