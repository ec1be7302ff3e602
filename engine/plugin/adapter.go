package plugin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"path/filepath"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"

	"github.com/pollwright/pollwright/engine/plugin/box"
	"github.com/pollwright/pollwright/engine/plugin/code"
	"github.com/pollwright/pollwright/sdk"
)

// Element is an adapter as others see it. Its manifest was checked when it was installed; it is shared and must not be changed.
type Element struct {
	Manifest sdk.Manifest
	Digest   string // SHA-256 of the .wasm file, hexadecimal
	Builtin  bool
	Source   string // file name
}

// describeClock is what the clock of a describe call starts from, 2026-01-01 UTC, so that a manifest does not depend on when it is read.
const describeClock = 1_767_225_600 * 1_000_000_000

// adapter is an installed module. It is freed when the catalog has dropped it and the last call on it has ended.
type adapter struct {
	Element
	code    wazero.CompiledModule
	begun   bool // it begins where its initialisation ended
	image   *box.Image
	globals []box.Global
	values  []uint64 // of globals
	idle    chan *cell
	seed    [32]byte
	circuit circuit
	turns   chan struct{} // how many calls it may have at once; nil = as many as there are slots

	mu    sync.Mutex
	users int // calls, plus one for the catalog
}

// install prepares and compiles a module, asks it what it is and checks the answer. The caller holds a slot.
func (s *sandbox) install(ctx context.Context, wasm []byte, source string, builtin bool) (*adapter, error) {
	if size := int64(len(wasm)); size > s.limits.Module {
		return nil, &SizeError{"module", size, s.limits.Module}
	}
	prepare := s.prepareNew
	if builtin {
		prepare = s.prepare
	}
	p, err := prepare(ctx, wasm)
	if err != nil {
		return nil, installError(source, err)
	}
	a := &adapter{begun: p.Begun, globals: p.Globals, values: p.Values, seed: sha256.Sum256(wasm), users: 1, circuit: circuit{most: s.limits.Failures}}
	a.Element = Element{Digest: hex.EncodeToString(a.seed[:]), Builtin: builtin, Source: source}
	if !builtin {
		a.turns = make(chan struct{}, max(1, s.parallel-spareSlots))
	}
	if a.code, err = s.compile(ctx, p.Module); err != nil {
		return nil, err
	}
	if len(p.Image) > 0 {
		a.idle = make(chan *cell, s.parallel)
		if a.image, err = box.NewImage(p.Image); err != nil {
			a.release()
			return nil, err
		}
	}
	if a.Manifest, err = s.describe(ctx, a); err != nil {
		a.release()
		return nil, &CallError{source, "describe", err}
	}
	if err := s.fileCode(ctx, a); err != nil {
		a.release()
		return nil, err
	}
	return a, nil
}

// fileCode has the adapter's machine code lie in a file of the cache, so that only what calls execute is in memory. Where that cannot be, it
// stays as it is.
func (s *sandbox) fileCode(ctx context.Context, a *adapter) error {
	if s.cacheDir == "" {
		return nil
	}
	w := newWorld(describeClock, a.seed, s.limits.Stderr) // for a module that initialises itself in every instance
	w.fuel = s.limits.Fuel
	ctx, cancel := context.WithTimeout(withWorld(ctx, w), s.limits.Deadline)
	defer cancel()
	c, err := s.take(ctx, a)
	if err != nil {
		return err
	}
	err = code.File(c.module, filepath.Join(s.cacheDir, "code-1", a.Digest+"-"+s.kind()))
	if errors.Is(err, code.ErrUnavailable) {
		s.logger.Debug("machine code stays in memory", "element", a.Manifest.Key, "err", err)
		err = nil
	}
	return errors.Join(err, s.give(a, c, false))
}

// installError says that it was the module's own code that failed, if it was.
func installError(source string, err error) error {
	var module *ModuleError
	if errors.As(err, &module) {
		return err
	}
	return &CallError{source, "describe", err}
}

func (s *sandbox) describe(ctx context.Context, a *adapter) (sdk.Manifest, error) {
	var m sdk.Manifest
	reply, _, err := s.invoke(ctx, a, s.describeCall(describeClock, a.seed))
	if err != nil {
		return m, err
	}
	if err := decodeJSON(reply, &m); err != nil {
		return m, err
	}
	return m, checkManifest(&m)
}

// describeCall has the host's own limits: a manifest that lowers them is not known yet.
func (s *sandbox) describeCall(clock uint64, seed [32]byte) invocation {
	return invocation{op: sdk.OpDescribe, limit: s.limits.Manifest, fuel: s.limits.Fuel, time: s.limits.Deadline, clock: clock, seed: seed}
}

// step asks one question. The caller holds a slot and has acquired a.
func (s *sandbox) step(ctx context.Context, a *adapter, call sdk.Call) (sdk.Reply, Cost, error) {
	if call.Response != nil && (call.Outline || a.Manifest.Body == sdk.BodyOutline) {
		r := *call.Response
		r.Body, r.Elided = sdk.Elide(r.Body)
		call.Response = &r
	}
	input, err := sdk.EncodeCall(call)
	if err != nil {
		return sdk.Reply{}, Cost{}, err
	}
	if size := int64(len(input)); size > s.limits.Input {
		return sdk.Reply{}, Cost{}, &SizeError{"input", size, s.limits.Input}
	}
	fuel, deadline := s.callLimits(&a.Manifest)
	out, cost, err := s.invoke(ctx, a, invocation{
		op: sdk.OpStep, input: input, limit: s.limits.Output, fuel: fuel, time: deadline, clock: clockOf(call.Now), seed: a.seed,
	})
	if err != nil {
		return sdk.Reply{}, cost, err
	}
	reply, err := decodeReply(out, &a.Manifest, s.limits.Records)
	return reply, cost, err
}

// callLimits are the host's, or those of the manifest where they are lower.
func (s *sandbox) callLimits(m *sdk.Manifest) (fuel int64, deadline time.Duration) {
	fuel, deadline = s.limits.Fuel, s.limits.Deadline
	if m.Call == nil {
		return fuel, deadline
	}
	if m.Call.Fuel > 0 {
		fuel = min(fuel, m.Call.Fuel)
	}
	if ms := m.Call.Milliseconds; ms > 0 && ms < deadline.Milliseconds() {
		deadline = time.Duration(ms) * time.Millisecond
	}
	return fuel, deadline
}

// clockOf turns Unix milliseconds into the guest's clock.
func clockOf(now int64) uint64 {
	const perMilli = 1_000_000
	return min(uint64(max(now, 0)), maxClock/perMilli) * perMilli
}

// spareSlots are those that an adapter which is no part of the program leaves to others. With as many slots as Config.Parallel's default, that is
// one, and one processor.
const spareSlots = 2

// enter waits until the adapter has fewer calls than it may have. done ends the turn.
func (a *adapter) enter(ctx context.Context) (done func(), err error) {
	if a.turns == nil {
		return func() {}, nil
	}
	select {
	case a.turns <- struct{}{}:
		return func() { <-a.turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// acquire keeps the code alive. Only for an adapter that the catalog holds.
func (a *adapter) acquire() {
	a.mu.Lock()
	a.users++
	a.mu.Unlock()
}

// release gives up one use; the last one frees the code.
func (a *adapter) release() {
	a.mu.Lock()
	a.users--
	last := a.users == 0
	a.mu.Unlock()
	if last {
		a.free()
	}
}

// free ends the boxes before the code they run. No call is running.
func (a *adapter) free() {
	for len(a.idle) > 0 {
		_ = (<-a.idle).close() // frees memory, cannot fail
	}
	if a.image != nil {
		a.image.Close()
	}
	_ = a.code.Close(context.Background())
}
