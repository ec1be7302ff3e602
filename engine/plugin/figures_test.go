package plugin

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"

	"github.com/pollwright/pollwright/engine/plugin/meter"
	"github.com/pollwright/pollwright/sdk"
)

// figureRounds has TestFigures measure; `make bench-sandbox` sets it.
var figureRounds = flag.Int("figures.rounds", 0, "how many rounds TestFigures takes turns; 0 = it does not run")

// figure is one line of the table: how long something takes, and the same done natively, in turns.
type figure struct {
	name           string
	times          int // in a round
	boxed          func() time.Duration
	native         func() time.Duration // nil: there is no such thing
	measured, bare []time.Duration
}

// spent is how long do takes.
func spent(do func()) func() time.Duration {
	return func() time.Duration {
		began := time.Now()
		do()
		return time.Since(began)
	}
}

// TestFigures prints what the sandbox costs. It asserts nothing: the aims are printed beside.
func TestFigures(t *testing.T) {
	if *figureRounds == 0 {
		t.Skip("set -figures.rounds, or run make bench-sandbox")
	}
	c := newProbe(t, Limits{})
	a, err := c.acquire("probe")
	if err != nil {
		t.Fatal(err)
	}
	defer a.release()
	list := append([]*figure{resetFigure(t), freshFigure(t, c.sandbox, a)}, stepFigures(t, c.sandbox, a)...)
	list = append(list, meterFigure(t, c.sandbox), startFigure(t))
	for range *figureRounds {
		for _, f := range list {
			for range f.times {
				f.measured = append(f.measured, f.boxed())
				if f.native != nil {
					f.bare = append(f.bare, f.native())
				}
			}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-52s %12s %12s %7s\n", "median", "sandbox", "native", "ratio")
	for _, f := range list {
		one := middle(f.measured)
		if f.native == nil {
			fmt.Fprintf(&b, "%-52s %12v\n", f.name, one.Round(100*time.Nanosecond))
			continue
		}
		other := middle(f.bare)
		fmt.Fprintf(&b, "%-52s %12v %12v %7.2f\n", f.name, one.Round(100*time.Nanosecond), other.Round(100*time.Nanosecond), float64(one)/float64(other))
	}
	rss, private := boxMemory(t, c.sandbox, a)
	fmt.Fprintf(&b, "%-52s %9.2f MB  (%.2f MB of its own)\n", "memory of an idle box, of 100 (aim 1 MB)", rss, private)
	t.Log("\n" + b.String())
}

func middle(list []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(list))[len(list)/2]
}

// resetFigure: a box after a call with a page of 100 records. It has a catalog of its own, where there are no larger calls.
func resetFigure(t *testing.T) *figure {
	catalog := newProbe(t, Limits{})
	s := catalog.sandbox
	a, err := catalog.acquire("probe")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.release)
	call := contactsCall("contacts", page(100))
	return &figure{name: "reset after a page of 100 records (aim 10µs)", times: 100, boxed: func() time.Duration {
		c := used(t, s, a, call)
		began := time.Now()
		if _, err := c.memory.Reset(); err != nil {
			t.Fatal(err)
		}
		for i, g := range c.globals {
			g.Set(a.values[i])
		}
		took := time.Since(began)
		if err := s.give(a, c, false); err != nil {
			t.Fatal(err)
		}
		return took
	}}
}

// used is a box that has answered a call and was not reset.
func used(t *testing.T, s *sandbox, a *adapter, call sdk.Call) *cell {
	t.Helper()
	input, err := sdk.EncodeCall(call)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(clockOf(call.Now), a.seed, 1000)
	w.fuel = s.limits.Fuel
	ctx := withWorld(t.Context(), w)
	c, err := s.take(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exchange(ctx, c, invocation{op: sdk.OpStep, input: input, limit: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	return c
}

func freshFigure(t *testing.T, s *sandbox, a *adapter) *figure {
	return &figure{name: "fresh box", times: 20, boxed: spent(func() {
		c, err := s.newBox(withWorld(t.Context(), newWorld(0, a.seed, 0)), a)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.close(); err != nil {
			t.Fatal(err)
		}
	})}
}

func contactsCall(resource string, body []byte) sdk.Call {
	return sdk.Call{Query: sdk.Query{Resource: resource}, Response: &sdk.Response{Status: 200, Body: body}, Now: 1_780_531_200_000}
}

// native is the probe's part for pages, compiled for this machine.
type native struct{}

func (native) Describe() sdk.Manifest { return manifest("native") }

func (native) Step(c sdk.Call) sdk.Reply {
	if c.Query.Resource == "table" {
		return sdk.Reply{Page: &sdk.Page{Records: sdk.Records{Table: &sdk.Table{Columns: "/headers", Rows: "/data"}}}}
	}
	return sdk.Reply{Page: &sdk.Page{Records: sdk.Records{Select: &sdk.Select{At: "/contacts"}}, Memo: c.State}}
}

// stepFigures: an answer of the provider becomes records. Natively the same SDK is asked, and the same code cuts.
func stepFigures(t *testing.T, s *sandbox, a *adapter) (list []*figure) {
	outlined := &adapter{Element: a.Element, code: a.code, begun: a.begun, image: a.image, globals: a.globals, values: a.values, idle: a.idle, seed: a.seed}
	outlined.Manifest.Body = sdk.BodyOutline
	for _, way := range []struct {
		name string
		a    *adapter
	}{{"whole body", a}, {"outline", outlined}} {
		for _, resource := range []string{"contacts", "table"} {
			for _, n := range []int{10, 100, 1000} {
				call := contactsCall(resource, page(n))
				cut := func(r sdk.Records) {
					records, err := Slice(r, call.Response.Body, 100_000)
					if err != nil || len(records) != n {
						t.Fatalf("%d records, %v", len(records), err)
					}
				}
				kind := map[string]string{"contacts": "select", "table": "table"}[resource]
				list = append(list, &figure{
					name: fmt.Sprintf("step and slice, %s, %s, %d records", way.name, kind, n), times: max(3, 2000/n/4),
					boxed: spent(func() {
						reply, _, err := s.step(t.Context(), way.a, call)
						if err != nil {
							t.Fatal(err)
						}
						cut(reply.Page.Records)
					}),
					native: spent(func() { cut(natively(t, way.a, call).Page.Records) }),
				})
			}
		}
	}
	return list
}

func natively(t *testing.T, a *adapter, call sdk.Call) sdk.Reply {
	if a.Manifest.Body == sdk.BodyOutline {
		r := *call.Response
		r.Body, r.Elided = sdk.Elide(r.Body)
		call.Response = &r
	}
	input, err := sdk.EncodeCall(call)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := decodeReply(sdk.Answer(native{}, sdk.OpStep, input)[1:], &a.Manifest, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

// meterFigure: a Go adapter that computes, rewritten to spend fuel and as it came.
func meterFigure(t *testing.T, s *sandbox) *figure {
	wasm, err := probeWasm()
	if err != nil {
		t.Fatal(err)
	}
	metered, err := meter.Rewrite(wasm)
	if err != nil {
		t.Fatal(err)
	}
	input, err := sdk.EncodeCall(contactsCall("churn", make([]byte, 1000)))
	if err != nil {
		t.Fatal(err)
	}
	run := func(wasm []byte) func() time.Duration {
		code, err := s.runtime.CompileModule(t.Context(), wasm)
		if err != nil {
			t.Fatal(err)
		}
		return func() time.Duration { // each in an instance of its own, which is not measured
			w := newWorld(describeClock, [32]byte{}, 1000)
			w.fuel = s.limits.Fuel
			ctx := withWorld(t.Context(), w)
			m, err := s.runtime.InstantiateModule(ctx, code, wazero.NewModuleConfig().WithName("").WithStartFunctions(exportInit))
			if err != nil {
				t.Fatal(err)
			}
			c := newCell(m, nil)
			defer func() { _ = c.close() }()
			began := time.Now()
			if _, err := exchange(ctx, c, invocation{op: sdk.OpStep, input: input, limit: 1 << 20}); err != nil {
				t.Fatal(err)
			}
			return time.Since(began)
		}
	}
	return &figure{name: "a Go adapter that computes: metered, and not", times: 3, boxed: run(metered), native: run(wasm)}
}

// startFigure: a catalog with the adapters of the program, which were compiled at a start before.
func startFigure(t *testing.T) *figure {
	dist := filepath.Join("..", "..", "plugins", "dist")
	config := Config{Builtin: os.DirFS(dist), CacheDir: t.TempDir()}
	start := func() time.Duration {
		began := time.Now()
		c, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		took := time.Since(began)
		if len(c.Elements()) < 2 {
			t.Fatalf("%d adapters in %s: run make plugins", len(c.Elements()), dist)
		}
		if err := c.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		return took
	}
	start()
	return &figure{name: "start with both built-in adapters, warm (aim 150ms)", times: 2, boxed: start}
}

// boxMemory is the resident memory of an idle box, MB: as the system counts it, and without what it shares.
func boxMemory(t *testing.T, s *sandbox, a *adapter) (rss, private float64) {
	const boxes = 100
	debug.FreeOSMemory() // or what the measuring before needed would be given back meanwhile
	rss0, private0 := resident(t)
	var all []*cell
	for range boxes {
		w := newWorld(0, a.seed, 0)
		w.fuel = s.limits.Fuel
		ctx := withWorld(t.Context(), w)
		c, err := s.newBox(ctx, a)
		if err != nil {
			t.Fatal(err)
		}
		input, err := sdk.EncodeCall(contactsCall("contacts", page(100)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := exchange(ctx, c, invocation{op: sdk.OpStep, input: input, limit: 1 << 20}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.memory.Reset(); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	debug.FreeOSMemory()
	rss1, private1 := resident(t)
	for _, c := range all {
		if err := c.close(); err != nil {
			t.Fatal(err)
		}
	}
	return (rss1 - rss0) / boxes, (private1 - private0) / boxes
}

// resident reads /proc/self/smaps_rollup, MB.
func resident(t *testing.T) (rss, private float64) {
	text, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		t.Skip(err)
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		kb, _ := strconv.ParseFloat(fields[1], 64)
		switch fields[0] {
		case "Rss:":
			rss = kb / 1000
		case "Private_Clean:", "Private_Dirty:":
			private += kb / 1000
		}
	}
	return rss, private
}
