package plugin

import (
	"context"
	"errors"
	"time"

	"github.com/pollwright/pollwright/engine/plugin/meter"
	"github.com/pollwright/pollwright/sdk"
)

// Ask calls an adapter's entry point and gives its reply as it is, with its first byte: for an author's tools and for tests of the contract.
// now is what the guest's clock starts from. Nothing of the reply is judged, and the circuit neither asked nor told. An error that the
// adapter reports is a reply; every error is a *CallError.
func (c *Catalog) Ask(ctx context.Context, key string, op int32, input []byte, now time.Time) ([]byte, Cost, error) {
	a, err := c.acquire(key)
	if err != nil {
		return nil, Cost{}, &CallError{key, "ask", err}
	}
	defer a.release()
	if err := c.enter(ctx); err != nil {
		return nil, Cost{}, &CallError{key, "ask", err}
	}
	defer c.slots.Release(1)
	fuel, deadline := c.sandbox.callLimits(&a.Manifest)
	out, cost, err := c.sandbox.invoke(ctx, a, invocation{
		op: uint32(op), input: input, limit: c.config.Limits.Output, fuel: fuel, time: deadline, clock: clockOf(now.UnixMilli()), seed: a.seed,
	})
	var reported *AdapterError
	switch {
	case errors.As(err, &reported):
		return append([]byte{sdk.ReplyError}, reported.Text...), cost, nil
	case err != nil:
		return nil, cost, &CallError{key, "ask", err}
	}
	return append([]byte{sdk.ReplyOK}, out...), cost, nil
}

// Adopt checks a module as an installation would and keeps it as the adapter of its element until Close, beside the built-in ones. file names
// it. Errors: those of Inspect.
func (c *Catalog) Adopt(ctx context.Context, file string, wasm []byte) (Element, error) {
	c.changing.Lock()
	defer c.changing.Unlock()
	a, err := c.install(ctx, wasm, file, false)
	if err != nil {
		return Element{}, err
	}
	c.builtin = append(c.builtin, a)
	c.publish()
	return a.Element, nil
}

// Imports lists what a module wants from the host, as "module.name", in the module's order. The error is a *ModuleError.
func Imports(wasm []byte) ([]string, error) {
	imports, err := meter.Check(wasm)
	if err != nil {
		return nil, &ModuleError{err.Error()}
	}
	names := make([]string, len(imports))
	for i, im := range imports {
		names[i] = im.Module + "." + im.Name
	}
	return names, nil
}
