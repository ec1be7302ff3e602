package plugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tetratelabs/wazero/api"

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

// invoke asks an instance once. The reply is a copy, without its first byte.
func (s *sandbox) invoke(ctx context.Context, a *adapter, in invocation) ([]byte, Cost, error) {
	began := time.Now()
	w := newWorld(in.clock, in.seed, s.limits.Stderr)
	w.fuel = in.fuel
	callCtx, cancel := context.WithTimeout(withWorld(ctx, w), in.time)
	defer cancel()

	var cost Cost
	var reply []byte
	c, err := s.take(callCtx, a)
	if err == nil {
		reply, err = exchange(callCtx, c, in)
		if s.witness != nil {
			view, _ := c.module.Memory().Read(0, c.module.Memory().Size())
			s.witness(a.Manifest.Key, in.input, view)
		}
		cost.Pages = int(c.module.Memory().Size() / wasmPage)
		cost.Fuel = in.fuel - w.fuel - int64(c.fuel.Get())
		err = errors.Join(err, s.give(a, c, err != nil))
	}
	cost.Duration = time.Since(began)
	if err != nil {
		return nil, cost, explain(ctx, in, err, w)
	}
	reply, err = openReply(reply)
	return reply, cost, err
}

// exchange is the ABI: ask for a buffer, write the input, call, copy the reply out.
func exchange(ctx context.Context, c *cell, in invocation) ([]byte, error) {
	memory := c.module.Memory()
	buf, err := c.buf.Call(ctx, uint64(len(in.input)))
	if err != nil {
		return nil, err
	}
	if len(in.input) > 0 && !memory.Write(uint32(buf[0]), in.input) {
		return nil, &PointerError{"input buffer", uint32(buf[0]), uint32(len(in.input)), memory.Size()}
	}
	packed, err := c.call.Call(ctx, uint64(in.op), uint64(len(in.input)))
	if err != nil {
		return nil, err
	}
	ptr, size := uint32(packed[0]>>32), uint32(packed[0])
	if int64(size) > in.limit { // before reading: invariant 7
		return nil, &SizeError{"output", int64(size), in.limit}
	}
	view, ok := memory.Read(ptr, size)
	if !ok {
		return nil, &PointerError{"reply", ptr, size, memory.Size()}
	}
	return bytes.Clone(view), nil // the view dies with the call
}

// speaks checks the version of the entry points.
func speaks(ctx context.Context, m api.Module) error {
	version, err := m.ExportedFunction(exportABI).Call(ctx)
	if err != nil {
		return err
	}
	if uint32(version[0]) != sdk.ABIVersion {
		return &ModuleError{fmt.Sprintf("it speaks version %d of the entry points, this host speaks version %d", uint32(version[0]), sdk.ABIVersion)}
	}
	return nil
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
