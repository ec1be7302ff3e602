package plugin

import (
	"bytes"
	"context"
	"errors"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/pollwright/pollwright/engine/plugin/box"
	"github.com/pollwright/pollwright/engine/plugin/meter"
	"github.com/pollwright/pollwright/sdk"
)

// newStudio makes the runtime in which a module is initialised once, when it is installed. It interprets: to compile a module only for that
// takes longer.
func (s *sandbox) newStudio(ctx context.Context) (wazero.Runtime, error) {
	r := wazero.NewRuntimeWithConfig(ctx, s.runtimeConfig(wazero.NewRuntimeConfigInterpreter()))
	if err := instantiateHost(ctx, r); err != nil {
		return nil, errors.Join(err, r.Close(ctx))
	}
	return r, nil
}

// studioClock is what the clock starts from while a module is initialised: before every call, so that its time never goes back.
const studioClock = 1_000_000_000

// photograph initialises a module and gives its memory and globals. It is warmed up: what a first call makes, every later one would have to
// make again. A module that cannot bear a warm-up is taken without.
func (s *sandbox) photograph(ctx context.Context, studio wazero.Runtime, exposed []byte, globals []box.Global) (memory []byte, values []uint64, err error) {
	code, err := studio.CompileModule(ctx, exposed)
	if err != nil {
		return nil, nil, &ModuleError{err.Error()}
	}
	defer func() { _ = code.Close(ctx) }()
	m, err := s.begin(ctx, studio, code)
	if err != nil {
		return nil, nil, err
	}
	if s.warm(ctx, m) != nil {
		if err := m.Close(ctx); err != nil {
			return nil, nil, err
		}
		if m, err = s.begin(ctx, studio, code); err != nil {
			return nil, nil, err
		}
	}
	fuel, ok := m.ExportedGlobal(meter.FuelExport).(api.MutableGlobal)
	if !ok {
		return nil, nil, errors.New("the module is not metered")
	}
	fuel.Set(0)
	view, _ := m.Memory().Read(0, m.Memory().Size())
	for _, g := range globals {
		values = append(values, m.ExportedGlobal(g.Name).Get())
	}
	return bytes.Clone(view), values, m.Close(ctx)
}

// begin makes an instance and runs its initialisation.
func (s *sandbox) begin(ctx context.Context, studio wazero.Runtime, code wazero.CompiledModule) (api.Module, error) {
	in := s.describeCall(studioClock, [32]byte{})
	w := newWorld(in.clock, in.seed, s.limits.Stderr)
	w.fuel = in.fuel
	callCtx, cancel := context.WithTimeout(withWorld(ctx, w), in.time)
	defer cancel()
	m, err := studio.InstantiateModule(callCtx, code, moduleConfig(exportInit))
	if err == nil {
		if err = speaks(callCtx, m); err == nil {
			return m, nil
		}
		err = errors.Join(err, m.Close(ctx))
	}
	return nil, explain(ctx, in, err, w)
}

// tryOut initialises a module that has no image.
func (s *sandbox) tryOut(ctx context.Context, studio wazero.Runtime, metered []byte) error {
	code, err := studio.CompileModule(ctx, metered)
	if err != nil {
		return &ModuleError{err.Error()}
	}
	defer func() { _ = code.Close(ctx) }()
	m, err := s.begin(ctx, studio, code)
	if err != nil {
		return err
	}
	return m.Close(ctx)
}

// Warming up is bounded by fuel, so that the same module gives the same image on every machine. A Go adapter spends 60,000 on a page.
const (
	warmFuel  = 2_000_000
	warmInput = 2 << 20 // bytes that the guest has room for without growing; what nobody writes to takes no memory
)

// warm asks a module what it is and, as an adapter would be asked, for a page. What it answers does not matter; that it did not crash does.
func (s *sandbox) warm(ctx context.Context, m api.Module) error {
	describe := s.describeCall(describeClock, [32]byte{})
	calls := []invocation{describe, describe}
	page := append(append([]byte(`{"page":[`), bytes.Repeat([]byte(`{"id":1,"name":"x"},`), 50)...), `{}]}`...)
	for _, r := range []*sdk.Response{nil, {Status: 200, Headers: map[string]string{}, Body: page}} {
		input, err := sdk.EncodeCall(sdk.Call{Response: r})
		if err != nil {
			return err
		}
		step := describe
		step.op, step.input, step.limit = sdk.OpStep, input, s.limits.Output
		calls = append(calls, step)
	}
	c := newCell(m, nil)
	for i, in := range calls {
		w := newWorld(in.clock, in.seed, s.limits.Stderr)
		w.fuel = min(in.fuel, warmFuel)
		callCtx, cancel := context.WithTimeout(withWorld(ctx, w), in.time)
		var err error
		if i == 0 {
			_, err = c.buf.Call(callCtx, uint64(min(warmInput, s.limits.Input)))
		}
		if err == nil {
			_, err = exchange(callCtx, c, in)
		}
		cancel()
		if err != nil {
			return err
		}
	}
	return nil
}
