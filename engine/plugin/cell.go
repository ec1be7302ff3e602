package plugin

import (
	"context"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/pollwright/pollwright/engine/plugin/box"
	"github.com/pollwright/pollwright/engine/plugin/meter"
)

// cell is an instance. One whose memory can be reset serves many calls, one after the other; another serves one.
type cell struct {
	module  api.Module
	memory  *box.Memory // nil: it cannot be reset
	buf     api.Function
	call    api.Function
	fuel    api.MutableGlobal
	globals []api.MutableGlobal
}

func newCell(m api.Module, memory *box.Memory) *cell {
	c := &cell{module: m, memory: memory}
	c.entries()
	c.fuel, _ = m.ExportedGlobal(meter.FuelExport).(api.MutableGlobal)
	return c
}

// entries gets the entry points. They hold the stack of their calls, which a call that went wrong may have made large.
func (c *cell) entries() {
	c.buf, c.call = c.module.ExportedFunction(exportBuf), c.module.ExportedFunction(exportCall)
}

// close frees the instance. No call may be running.
func (c *cell) close() error {
	err := c.module.Close(context.Background())
	if c.memory != nil {
		c.memory.Unmap()
	}
	return err
}

// take gives an instance that is as if it had never been used. ctx is that of the call: a module that is not begun initialises itself in it.
func (s *sandbox) take(ctx context.Context, a *adapter) (*cell, error) {
	select {
	case c := <-a.idle:
		return c, nil
	default:
	}
	if a.image == nil {
		start := exportInit
		if a.begun {
			start = ""
		}
		m, err := s.runtime.InstantiateModule(ctx, a.code, moduleConfig(start))
		if err != nil {
			return nil, err
		}
		return newCell(m, nil), nil
	}
	return s.newBox(ctx, a)
}

// newBox makes an instance on a memory of its own.
func (s *sandbox) newBox(ctx context.Context, a *adapter) (*cell, error) {
	memory, err := a.image.NewMemory(uint64(s.limits.Memory))
	if err != nil {
		return nil, err
	}
	allocator := experimental.MemoryAllocatorFunc(func(_, _ uint64) experimental.LinearMemory { return memory })
	m, err := s.runtime.InstantiateModule(experimental.WithMemoryAllocator(ctx, allocator), a.code, moduleConfig(""))
	if err != nil {
		memory.Unmap()
		return nil, err
	}
	c := newCell(m, memory)
	for _, g := range a.globals {
		set, ok := m.ExportedGlobal(g.Name).(api.MutableGlobal)
		if !ok {
			return nil, errors.Join(fmt.Errorf("global %s cannot be set", g.Name), c.close())
		}
		c.globals = append(c.globals, set)
	}
	return c, nil
}

// give takes an instance back, for the next call if it could be made as it was. Invariant: what is put back remembers nothing.
func (s *sandbox) give(a *adapter, c *cell, failed bool) error {
	if c.memory == nil || int(c.module.Memory().Size()) != a.image.Size() { // a memory never shrinks
		return c.close()
	}
	if _, err := c.memory.Reset(); err != nil {
		return errors.Join(err, c.close())
	}
	for i, g := range c.globals {
		g.Set(a.values[i])
	}
	c.fuel.Set(0)
	if failed {
		c.entries()
	}
	select {
	case a.idle <- c:
		return nil
	default: // more calls at once than there are slots: after a change of adapters
		return c.close()
	}
}

// moduleConfig makes an instance without a name, so that many live side by side. start is run first, "" = nothing; never _start, which would
// be a program's main.
func moduleConfig(start string) wazero.ModuleConfig {
	c := wazero.NewModuleConfig().WithName("")
	if start == "" {
		return c.WithStartFunctions()
	}
	return c.WithStartFunctions(start)
}
