package plugin

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pollwright/pollwright/sdk"
)

const smallDeadline = time.Second

// attack is a module that misbehaves in step. It must end as the named error and leave the host and the next call unharmed.
type attack struct {
	name   string
	module module
	want   any // pointer to a typed error
	text   string
}

var attacks = []attack{
	{"endless loop", good("a").with(loop(op(0x0c, 0)), i64(0)), new(*DeadlineError), "no answer within 1s"},
	{"fill storm", good("a").with(loop(i32(0), i32(7), i32(1<<18), op(0xfc, 11, 0), op(0x0c, 0)), i64(0)), new(*DeadlineError), ""},
	{"endless recursion", good("a").with(i32(2), i32(0), callFunc(2)), new(*PanicError), "stack overflow"},
	{"unreachable", good("a").with(op(0x00)), new(*PanicError), "unreachable"},
	{"division by zero", good("a").with(i32(1), i32(0), op(0x6d, 0x1a), i64(0)), new(*PanicError), "divide by zero"},
	{"read outside memory", good("a").with(i32(-8), op(0x28, 2, 0, 0x1a), i64(0)), new(*PanicError), "out of bounds"},
	{"wild pointer", good("a").with(packed(0xfffffff0, 255)), new(*PointerError), "reply [4294967280, +255)"},
	{"reply over the end of memory", good("a").with(packed(4<<16-4, 5)), new(*PointerError), "memory of 262144 bytes"},
	{"wild length", good("a").with(packed(0, 0xffffffff)), new(*SizeError), "output has 4294967295 bytes, at most 100000"},
	{"output over the limit", good("a").with(packed(0, 100_001)), new(*SizeError), "output has 100001 bytes, at most 100000"},
	{"empty reply", good("a").with(i64(0)), new(*ReplyError), "empty"},
	{"unknown first byte", with(good("a"), []byte{9, '{', '}'}), new(*ReplyError), "first byte is 9"},
	{"own error", with(good("a"), errorReply("no such thing")), new(*AdapterError), "adapter reports: no such thing"},
	{"not JSON", with(good("a"), []byte("\x00{")), new(*ReplyError), "not JSON"},
	{"not UTF-8", with(good("a"), []byte("\x00{\"page\":{\"next\":\"\xff\"}}")), new(*ReplyError), "UTF-8"},
	{"wrong type", with(good("a"), []byte("\x00{\"page\":{\"overlap\":\"x\"}}")), new(*ReplyError), "page.overlap"},
	{"nothing set", with(good("a"), []byte("\x00{}")), new(*ReplyError), "exactly one"},
	{"two set", with(good("a"), []byte("\x00{\"page\":{},\"fault\":{\"kind\":\"auth\",\"message\":\"x\"}}")), new(*ReplyError), "exactly one"},
	{"exit", wasi(good("a"), "proc_exit", "i:").with(i32(3), callFunc(0), i64(0)), new(*ExitError), "exited with code 3"},
	{"exit with the code of a deadline", wasi(good("a"), "proc_exit", "i:").with(i32(-0x10000001), callFunc(0), i64(0)), new(*ExitError), "exited"},
}

func with(m module, reply []byte) module { m.reply = reply; return m }

// wasi adds an import, which becomes function 0.
func wasi(m module, name, signature string) module {
	m.imports = append(m.imports, imported{wasiModule, name, signature})
	return m
}

func TestAttacksAreContained(t *testing.T) {
	t.Parallel()
	limits := Limits{Deadline: smallDeadline, Output: 100_000, Memory: 2 << 20}
	inBothWays(t, attacks, func(t *testing.T, tt attack, fresh bool) {
		limits := limits
		if _, ends := tt.want.(**DeadlineError); !ends { // a busy machine may take its time
			limits.Deadline = time.Minute
		}
		c := newCatalog(t, Config{Fresh: fresh, Limits: limits}, map[string]module{"a.wasm": tt.module, "b.wasm": good("bystander")})
		for range 2 { // the second call finds nothing of the first
			_, _, err := c.Step(t.Context(), "a", sdk.Call{})
			if !errors.As(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Fatalf("got %v, want a %T with %q", err, tt.want, tt.text)
			}
			var call *CallError
			if !errors.As(err, &call) || call.Element != "a" || call.Op != "step" {
				t.Fatalf("%v does not name element and op", err)
			}
		}
		if _, _, err := c.Step(t.Context(), "bystander", sdk.Call{}); err != nil {
			t.Fatalf("another adapter: %v", err)
		}
	})
}

// inBothWays runs each attack in a box that is used again, and in a fresh instance.
func inBothWays(t *testing.T, attacks []attack, run func(t *testing.T, tt attack, fresh bool)) {
	for _, tt := range attacks {
		for way, fresh := range map[string]bool{"box": false, "fresh": true} {
			tt := tt
			if tt.want != nil {
				tt.want = reflect.New(reflect.TypeOf(tt.want).Elem()).Interface() // errors.As writes to it
			}
			t.Run(tt.name+"/"+way, func(t *testing.T) {
				t.Parallel()
				run(t, tt, fresh)
			})
		}
	}
}

func TestBadInputBuffer(t *testing.T) {
	t.Parallel()
	m := good("a")
	m.buf = -16
	c := newCatalog(t, Config{}, map[string]module{"a.wasm": m}) // describe has no input, so nothing is written
	_, _, err := c.Step(t.Context(), "a", sdk.Call{})
	var pointer *PointerError
	if !errors.As(err, &pointer) || pointer.What != "input buffer" {
		t.Fatalf("got %v, want a PointerError of the input buffer", err)
	}
}

// TestMemoryStopsAtTheLimit: memory.grow beyond it is refused, and the guest may go on.
func TestMemoryStopsAtTheLimit(t *testing.T) {
	t.Parallel()
	m := good("a")
	bomb := m.with(loop(i32(1), op(0x40, 0), i32(-1), op(0x47, 0x0d, 0)), replyOf(&m))
	c := newCatalog(t, Config{Limits: Limits{Memory: 2 << 20}}, map[string]module{"a.wasm": bomb})
	_, cost, err := c.Step(t.Context(), "a", sdk.Call{})
	if err != nil || cost.Pages != 32 {
		t.Fatalf("%d pages, %v, want 32 pages of 64 KiB", cost.Pages, err)
	}
}

// TestEveryCallIsTheFirst: a counter in a global and one in memory start from the same value each time, also beside other calls.
func TestEveryCallIsTheFirst(t *testing.T) {
	t.Parallel()
	m := good("a")
	count := cat(
		op(0x23, 0), i32(1), op(0x6a, 0x24, 0), // global 0 += 1
		i32(8), i32(8), op(0x28, 2, 0), i32(1), op(0x6a, 0x36, 2, 0), // memory[8] += 1
		op(0x23, 0), i32(8), op(0x28, 2, 0, 0x6a), i32(2), op(0x47), // their sum is not 2?
		op(0x04, 0x40, 0x00, 0x0b), // then trap
	)
	inBothWays(t, []attack{{name: "counter", module: m.with(count, replyOf(&m))}}, func(t *testing.T, tt attack, fresh bool) {
		c := newCatalog(t, Config{Fresh: fresh, Parallel: 4}, map[string]module{"a.wasm": tt.module})
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 10 {
					if _, _, err := c.Step(t.Context(), "a", sdk.Call{}); err != nil {
						t.Errorf("state was left behind: %v", err)
					}
				}
			})
		}
		wg.Wait()
	})
}

// TestStderrIsBounded: a guest may write for ever, the host keeps Limits.Stderr bytes of it.
func TestStderrIsBounded(t *testing.T) {
	t.Parallel()
	m := good("a")
	// memory[16] = {pointer 0, length 65536}; fd_write(2, 16, 1, 24) a thousand times.
	flood := cat(i32(20), i32(65536), op(0x36, 2, 0),
		i32(0), op(0x21, 2), loop(
			i32(2), i32(16), i32(1), i32(24), callFunc(0), op(0x1a),
			local(2), i32(1), op(0x6a, 0x22, 2), i32(1000), op(0x48, 0x0d, 0)))
	c := newCatalog(t, Config{}, map[string]module{"a.wasm": wasi(m, "fd_write", "iiii:i").with(flood, op(0x00))})
	a, err := c.acquire("a")
	if err != nil {
		t.Fatal(err)
	}
	defer a.release()
	w := newWorld(0, a.seed, 1000)
	w.fuel = c.sandbox.limits.Fuel
	ctx := withWorld(t.Context(), w)
	box, err := c.sandbox.take(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = box.close() }()
	if _, err := exchange(ctx, box, invocation{op: sdk.OpStep, limit: 10}); err == nil {
		t.Fatal("want the trap behind the flood")
	}
	if len(w.stderr) != 1000 {
		t.Fatalf("kept %d bytes, want 1000", len(w.stderr))
	}
}

func TestInitializeRunsFirstAndUnderTheDeadline(t *testing.T) {
	t.Parallel()
	c := newCatalog(t, Config{Limits: Limits{Deadline: smallDeadline}}, nil)
	m := good("a")
	m.initialize = loop(op(0x0c, 0))
	_, err := c.sandbox.install(t.Context(), m.encode(), "a.wasm", false)
	var deadline *DeadlineError
	if !errors.As(err, &deadline) {
		t.Fatalf("got %v, want a DeadlineError", err)
	}
	m.initialize = cat(i32(7), op(0x24, 0)) // global 0 = 7
	check := cat(op(0x23, 0), i32(7), op(0x47, 0x04, 0x40, 0x00, 0x0b))
	c = newCatalog(t, Config{}, map[string]module{"a.wasm": m.with(check, replyOf(&m))})
	if _, _, err := c.Step(t.Context(), "a", sdk.Call{}); err != nil {
		t.Fatalf("_initialize did not run: %v", err)
	}
}

// TestInputArrives: length, JSON and body lie in the buffer as the contract says.
func TestInputArrives(t *testing.T) {
	t.Parallel()
	// The reply is byte 1 and then the input: an adapter error with the input as its text.
	m := good("a")
	echo := cat(i32(bufferAt-1), i32(1), op(0x3a, 0, 0),
		i64((bufferAt-1)<<32), local(1), i32(1), op(0x6a, 0xad), op(0x84))
	c := newCatalog(t, Config{}, map[string]module{"a.wasm": m.with(echo)})
	call := sdk.Call{Query: sdk.Query{Resource: "contacts"}, Response: &sdk.Response{Status: 200, Body: []byte("raw <body>")}}
	_, _, err := c.Step(t.Context(), "a", call)
	var reported *AdapterError
	if !errors.As(err, &reported) {
		t.Fatalf("got %v, want an AdapterError", err)
	}
	if !strings.HasSuffix(reported.Text, `"now":0}raw <body>`) || !strings.HasPrefix(reported.Text[1:], "\x00\x00\x00{\"query\"") {
		t.Fatalf("input was %q", reported.Text)
	}
}

func TestInputIsBounded(t *testing.T) {
	t.Parallel()
	c := newCatalog(t, Config{Limits: Limits{Input: 1000}}, map[string]module{"a.wasm": good("a")})
	_, _, err := c.Step(t.Context(), "a", sdk.Call{Response: &sdk.Response{Body: bytes.Repeat([]byte("x"), 1000)}})
	var size *SizeError
	if !errors.As(err, &size) || size.What != "input" || size.Limit != 1000 {
		t.Fatalf("got %v, want a SizeError of the input", err)
	}
}

// TestStoppingIsNotTheAdaptersFault: the caller's context ends a running call and a waiting one, with the context's error.
func TestStoppingIsNotTheAdaptersFault(t *testing.T) {
	t.Parallel()
	c := newCatalog(t, Config{Parallel: 1}, map[string]module{"a.wasm": good("a").with(loop(op(0x0c, 0)), i64(0))})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var wg sync.WaitGroup
	for range 3 { // one runs, two wait
		wg.Go(func() {
			_, _, err := c.Step(ctx, "a", sdk.Call{})
			var deadline *DeadlineError
			if !errors.Is(err, context.DeadlineExceeded) || errors.As(err, &deadline) {
				t.Errorf("got %v, want the caller's context error", err)
			}
		})
	}
	wg.Wait()
}

func TestUnknownAndClosed(t *testing.T) {
	t.Parallel()
	c := newCatalog(t, Config{}, map[string]module{"a.wasm": good("a")})
	if _, _, err := c.Step(t.Context(), "b", sdk.Call{}); !errors.Is(err, ErrUnknownElement) {
		t.Errorf("got %v, want ErrUnknownElement", err)
	}
	for range 2 {
		if err := c.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.Step(t.Context(), "a", sdk.Call{}); !errors.Is(err, ErrClosed) {
			t.Errorf("got %v, want ErrClosed", err)
		}
	}
}

// TestFuelEndsACall: what a call may do is counted, not timed, so that a slow machine refuses nothing that a fast one takes.
func TestFuelEndsACall(t *testing.T) {
	t.Parallel()
	c := newCatalog(t, Config{Limits: Limits{Fuel: 100_000}}, map[string]module{"a.wasm": good("a").with(loop(op(0x0c, 0)), i64(0)), "b.wasm": good("b")})
	for range 2 {
		_, _, err := c.Step(t.Context(), "a", sdk.Call{})
		var fuel *FuelError
		if !errors.As(err, &fuel) || fuel.Fuel != 100_000 {
			t.Fatalf("got %v, want a FuelError", err)
		}
	}
	_, first, err := c.Step(t.Context(), "b", sdk.Call{})
	if err != nil {
		t.Fatal(err)
	}
	_, second, err := c.Step(t.Context(), "b", sdk.Call{})
	if err != nil || first.Fuel != second.Fuel || first.Fuel < 2 {
		t.Errorf("the same call spent %d and %d, %v", first.Fuel, second.Fuel, err)
	}
}

// TestManifestLowersLimits: an adapter may ask for less than it may have, and never for more.
func TestManifestLowersLimits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		call sdk.CallLimits
		want string
	}{
		{sdk.CallLimits{Fuel: 5000}, "within 5000 units"},
		{sdk.CallLimits{Fuel: 1 << 60}, "within 300000 units"},
		{sdk.CallLimits{Fuel: 0, Milliseconds: 1 << 60}, "within 300000 units"},
	} {
		m := good("a").with(loop(op(0x0c, 0)), i64(0))
		described := manifest("a")
		described.Call = &tt.call
		m.describe = okReply(described)
		c := newCatalog(t, Config{Limits: Limits{Fuel: 300_000}}, map[string]module{"a.wasm": m})
		if _, _, err := c.Step(t.Context(), "a", sdk.Call{}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: got %v, want %q", tt.call, err, tt.want)
		}
	}
	m, described := good("a").with(loop(op(0x0c, 0)), i64(0)), manifest("a")
	described.Call = &sdk.CallLimits{Milliseconds: 30}
	m.describe = okReply(described)
	c := newCatalog(t, Config{}, map[string]module{"a.wasm": m})
	var deadline *DeadlineError
	if _, _, err := c.Step(t.Context(), "a", sdk.Call{}); !errors.As(err, &deadline) || deadline.After != 30*time.Millisecond {
		t.Errorf("got %v, want a DeadlineError of 30 ms", err)
	}
}

// TestGarbageIsCollectedBesideAnEndlessLoop: a guest that never ends does not hold up the whole process.
func TestGarbageIsCollectedBesideAnEndlessLoop(t *testing.T) {
	t.Parallel()
	began := make(chan struct{})
	c := newCatalog(t, Config{Limits: Limits{Deadline: time.Minute}}, map[string]module{"a.wasm": good("a").with(loop(op(0x0c, 0)), i64(0))})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		close(began)
		_, _, err := c.Step(ctx, "a", sdk.Call{})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the caller's end", err)
		}
	})
	<-began
	for range 5 {
		runtime.GC() // stops the world
	}
	cancel()
	running.Wait()
}
