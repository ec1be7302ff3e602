package plugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/pollwright/pollwright/engine/plugin/meter"
	"github.com/pollwright/pollwright/sdk"
)

// Cost tells what a call used.
type Cost struct {
	Duration time.Duration // from making the instance to having its reply, waiting for a free slot not counted
	Pages    int           // of 64 KiB of linear memory when the call ended; 0 if it failed before there was an instance
	Fuel     int64         // spent; the same call always spends the same
}

// invocation is one call of an entry point.
type invocation struct {
	op    uint32
	input []byte
	limit int64 // bytes of output
	fuel  int64 // that it may spend
	time  time.Duration
	clock uint64   // what the guest's clock starts from, in nanoseconds since 1970
	seed  [32]byte // of the guest's random numbers
}

// moduleConfig starts an instance without a name, so that many live side by side, and runs _initialize only (not _start, which would be a
// program's main).
func moduleConfig() wazero.ModuleConfig {
	return wazero.NewModuleConfig().WithName("").WithStartFunctions(exportInit)
}

// invoke makes an instance, asks it once and throws it away. The reply is a copy, without its first byte.
func (s *sandbox) invoke(ctx context.Context, code wazero.CompiledModule, in invocation) ([]byte, Cost, error) {
	began := time.Now()
	w := newWorld(in.clock, in.seed, s.limits.Stderr)
	w.fuel = in.fuel
	callCtx, cancel := context.WithTimeout(withWorld(ctx, w), in.time)
	defer cancel()

	var cost Cost
	mod, err := s.runtime.InstantiateModule(callCtx, code, moduleConfig())
	var reply []byte
	if err == nil {
		reply, err = exchange(callCtx, mod, in)
		cost.Pages = int(mod.Memory().Size() / wasmPage)
		cost.Fuel = in.fuel - w.fuel - int64(mod.ExportedGlobal(meter.FuelExport).Get())
		err = errors.Join(err, mod.Close(context.WithoutCancel(ctx)))
	}
	cost.Duration = time.Since(began)
	if err != nil {
		return nil, cost, explain(ctx, in, err, w)
	}
	reply, err = openReply(reply)
	return reply, cost, err
}

// exchange is the ABI: check its version, ask for a buffer, write the input, call, copy the reply out.
func exchange(ctx context.Context, mod api.Module, in invocation) ([]byte, error) {
	version, err := mod.ExportedFunction(exportABI).Call(ctx)
	if err != nil {
		return nil, err
	}
	if uint32(version[0]) != sdk.ABIVersion {
		return nil, &ModuleError{fmt.Sprintf("it speaks version %d of the entry points, this host speaks version %d", uint32(version[0]), sdk.ABIVersion)}
	}
	buf, err := mod.ExportedFunction(exportBuf).Call(ctx, uint64(len(in.input)))
	if err != nil {
		return nil, err
	}
	if len(in.input) > 0 && !mod.Memory().Write(uint32(buf[0]), in.input) {
		return nil, &PointerError{"input buffer", uint32(buf[0]), uint32(len(in.input)), mod.Memory().Size()}
	}
	packed, err := mod.ExportedFunction(exportCall).Call(ctx, uint64(in.op), uint64(len(in.input)))
	if err != nil {
		return nil, err
	}
	ptr, size := uint32(packed[0]>>32), uint32(packed[0])
	if int64(size) > in.limit { // before reading: invariant 7
		return nil, &SizeError{"output", int64(size), in.limit}
	}
	view, ok := mod.Memory().Read(ptr, size)
	if !ok {
		return nil, &PointerError{"reply", ptr, size, mod.Memory().Size()}
	}
	return bytes.Clone(view), nil // the view dies with the instance
}

// openReply takes off the first byte.
func openReply(reply []byte) ([]byte, error) {
	if len(reply) == 0 {
		return nil, &ReplyError{"", "it is empty; the first byte must be 0 or 1"}
	}
	switch reply[0] {
	case sdk.ReplyOK:
		return reply[1:], nil
	case sdk.ReplyError:
		return nil, &AdapterError{clip(string(reply[1:]), maxText)}
	}
	return nil, &ReplyError{"", fmt.Sprintf("its first byte is %d, must be 0 (JSON follows) or 1 (an error text follows)", reply[0])}
}

// explain turns what wazero says into a typed error.
func explain(ctx context.Context, in invocation, err error, w *world) error {
	var (
		module  *ModuleError
		pointer *PointerError
		size    *SizeError
		stopped interrupted
		gone    exit
	)
	switch {
	case errors.As(err, &module), errors.As(err, &pointer), errors.As(err, &size):
		return err
	case errors.As(err, &stopped) && ctx.Err() != nil: // the caller gave up: says nothing about the adapter
		return ctx.Err()
	case errors.As(err, &stopped) && stopped.cause == errNoFuel:
		return &FuelError{in.fuel}
	case errors.As(err, &stopped):
		return &DeadlineError{in.time}
	}
	text := panicText(w.stderr)
	if errors.As(err, &gone) {
		if text == "" {
			return &ExitError{gone.code}
		}
		return &PanicError{Text: text}
	}
	trap, _, _ := strings.Cut(err.Error(), "\nwasm stack trace")
	return &PanicError{Text: text, Trap: clip(trap, maxText)}
}

// panicText finds the first paragraph that the Go runtime begins with "panic:" or "fatal error:"; "" if there is none.
func panicText(stderr []byte) string {
	lines := strings.Split(string(stderr), "\n")
	for i, line := range lines {
		if !strings.HasPrefix(line, "panic: ") && !strings.HasPrefix(line, "fatal error: ") {
			continue
		}
		end := i + 1
		for end < len(lines) && lines[end] != "" {
			end++
		}
		return clip(strings.Join(lines[i:end], "\n"), maxText)
	}
	return ""
}

// clip shortens s to at most n bytes, at a rune's border, and makes it valid UTF-8.
func clip(s string, n int) string {
	if len(s) > n {
		s = s[:n-len("...")]
		return strings.ToValidUTF8(s, "") + "..."
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
