package plugin

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// Error numbers of WASI preview 1 (wasi_snapshot_preview1.witx, "errno").
const (
	errnoSuccess = 0
	errnoBadf    = 8
	errnoFault   = 21
	errnoInval   = 28
	errnoNosys   = 52
)

const (
	maxVectors = 64      // buffers of one write, subscriptions of one poll; more are left to the next call
	maxSleep   = 1 << 40 // nanoseconds (18 minutes) that one sleep moves the clock
	clockTick  = 1000    // nanoseconds that one look at the clock moves it
	maxClock   = 1 << 61 // nanoseconds; the clock stands still there rather than overflow

	randomPerFuel = 8 // bytes of chance for one unit of fuel
)

// world is all that a guest can learn or tell besides its input: a clock that moves only when looked at or slept on, random numbers from a
// seed, and a stderr that goes nowhere. A call owns one; guests are single-threaded, so it needs no lock.
type world struct {
	clock  uint64 // nanoseconds since 1970
	random *rand.ChaCha8
	fuel   int64 // what the call may still spend, beside what the guest holds
	stderr []byte
	room   int // bytes that stderr still takes
}

type worldKey struct{}

func withWorld(ctx context.Context, w *world) context.Context {
	return context.WithValue(ctx, worldKey{}, w)
}

func worldOf(ctx context.Context) *world { return ctx.Value(worldKey{}).(*world) }

func newWorld(clock uint64, seed [32]byte, stderr int) *world {
	return &world{clock: min(clock, maxClock), random: rand.NewChaCha8(seed), room: stderr}
}

func (w *world) advance(d uint64) { w.clock = min(w.clock+min(d, maxSleep), maxClock) }

// exit unwinds the guest. It is a type of our own because a guest could forge wazero's exit codes for a deadline.
type exit struct{ code uint32 }

func (e exit) Error() string { return fmt.Sprintf("proc_exit(%d)", e.code) }

// wasiFunc is one function of WASI preview 1: parameter types as in wasiParams, and what it does with the stack of parameters; the result is
// an error number.
type wasiFunc func(w *world, m api.Memory, p []uint64) uint64

// instantiateWASI gives the runtime its WASI: what is in wasiCalls works, the rest of preview 1 links and answers that there is no such thing.
func instantiateWASI(ctx context.Context, r wazero.Runtime) error {
	b := r.NewHostModuleBuilder(wasiModule)
	for name, params := range wasiParams {
		call := wasiCall(name)
		var results []api.ValueType
		if !wasiNoResult[name] {
			results = []api.ValueType{api.ValueTypeI32}
		}
		b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(ctx context.Context, m api.Module, stack []uint64) {
			w := worldOf(ctx)
			w.attend(ctx)
			e := call(w, m.Memory(), stack)
			if len(results) > 0 {
				stack[0] = e
			}
		}), valueTypes(params), results).Export(name)
	}
	_, err := b.Instantiate(ctx)
	return err
}

func valueTypes(params string) []api.ValueType {
	types := make([]api.ValueType, len(params))
	for i, c := range params {
		types[i] = api.ValueTypeI32
		if c == 'I' {
			types[i] = api.ValueTypeI64
		}
	}
	return types
}

func wasiExit(_ *world, _ api.Memory, p []uint64) uint64 { panic(exit{uint32(p[0])}) }

// wasiNone serves args_sizes_get and environ_sizes_get: none, of no bytes.
func wasiNone(_ *world, m api.Memory, p []uint64) uint64 {
	if !m.WriteUint32Le(uint32(p[0]), 0) || !m.WriteUint32Le(uint32(p[1]), 0) {
		return errnoFault
	}
	return errnoSuccess
}

func wasiNothing(*world, api.Memory, []uint64) uint64 { return errnoSuccess }

// wasiClock serves clock_time_get. The wall clock and the monotonic clock are the same.
func wasiClock(w *world, m api.Memory, p []uint64) uint64 {
	if uint32(p[0]) > 1 {
		return errnoInval
	}
	w.advance(clockTick)
	return errno(m.WriteUint64Le(uint32(p[2]), w.clock))
}

func wasiClockRes(_ *world, m api.Memory, p []uint64) uint64 {
	if uint32(p[0]) > 1 {
		return errnoInval
	}
	return errno(m.WriteUint64Le(uint32(p[1]), clockTick))
}

func wasiRandom(w *world, m api.Memory, p []uint64) uint64 {
	buf, ok := m.Read(uint32(p[0]), uint32(p[1]))
	if ok {
		w.spend(int64(len(buf)) / randomPerFuel)
		_, _ = w.random.Read(buf) // never fails
	}
	return errno(ok)
}

// wasiWrite serves fd_write(fd, iovs, count, written) for stdout and stderr. What does not fit is thrown away and counted as written.
func wasiWrite(w *world, m api.Memory, p []uint64) uint64 {
	if fd := uint32(p[0]); fd != 1 && fd != 2 {
		return errnoBadf
	}
	var written uint32
	for i := range min(uint32(p[2]), maxVectors) {
		iov, ok := m.Read(uint32(p[1])+8*i, 8)
		if !ok {
			return errnoFault
		}
		buf, ok := m.Read(binary.LittleEndian.Uint32(iov), binary.LittleEndian.Uint32(iov[4:]))
		if !ok {
			return errnoFault
		}
		kept := buf[:min(len(buf), w.room)]
		w.stderr = append(w.stderr, kept...) // a copy: buf is the guest's memory
		w.room -= len(kept)
		written += uint32(len(buf))
	}
	return errno(m.WriteUint32Le(uint32(p[3]), written))
}

// wasiPoll serves poll_oneoff(in, out, count, events). Sleeping is moving the clock: without it the Go runtime answers a panic with a deadlock
// report. Subscriptions to anything but a clock never fire.
func wasiPoll(w *world, m api.Memory, p []uint64) uint64 {
	const subscription, event = 48, 32
	count := uint32(p[2])
	if count == 0 || count > maxVectors {
		return errnoInval
	}
	var fired uint32
	for i := range count {
		sub, ok := m.Read(uint32(p[0])+subscription*i, subscription)
		if !ok {
			return errnoFault
		}
		if sub[8] != 0 { // tag: 0 is a clock
			continue
		}
		w.sleep(binary.LittleEndian.Uint64(sub[24:]), sub[40]&1 != 0)
		userdata := binary.LittleEndian.Uint64(sub)
		out, ok := m.Read(uint32(p[1])+event*fired, event)
		if !ok {
			return errnoFault
		}
		clear(out)
		binary.LittleEndian.PutUint64(out, userdata)
		fired++
	}
	if fired == 0 {
		return errnoNosys
	}
	return errno(m.WriteUint32Le(uint32(p[3]), fired))
}

// sleep moves the clock by timeout nanoseconds, or up to the instant timeout if it is absolute.
func (w *world) sleep(timeout uint64, absolute bool) {
	if !absolute {
		w.advance(timeout)
	} else if timeout > w.clock {
		w.advance(timeout - w.clock)
	}
}

func errno(ok bool) uint64 {
	if ok {
		return errnoSuccess
	}
	return errnoFault
}
