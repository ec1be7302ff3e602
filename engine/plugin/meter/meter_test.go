package meter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"pgregory.net/rapid"

	"github.com/pollwright/pollwright/engine/plugin/wasm"
)

// run is what a program did.
type run struct {
	results, trap string
	memory        []byte
	global        uint64
	seen          string // what it told the host
	fuel          int64
}

const (
	testSlice = 50
	someFuel  = 1 << 40
)

// execute calls each function of a program that validates. It fails if the module does not.
func execute(ctx context.Context, config wazero.RuntimeConfig, module []byte, fuel int64) (run, error) {
	r := wazero.NewRuntimeWithConfig(ctx, config)
	defer func() { _ = r.Close(ctx) }()
	out := run{fuel: fuel}
	i32, i64 := []api.ValueType{api.ValueTypeI32}, []api.ValueType{api.ValueTypeI64}
	_, err := r.NewHostModuleBuilder("host").NewFunctionBuilder().WithGoFunction(api.GoFunc(func(_ context.Context, s []uint64) {
		out.seen += fmt.Sprint(uint32(s[0]), " ")
		s[0] = uint64(uint32(s[0]) * 3)
	}), i32, i32).Export("seen").Instantiate(ctx)
	if err != nil {
		return out, err
	}
	_, err = r.NewHostModuleBuilder(TickModule).NewFunctionBuilder().WithGoFunction(api.GoFunc(func(_ context.Context, s []uint64) {
		left := int64(s[0])
		if left >= 0 {
			panic(errors.New("asked for fuel with some left"))
		}
		if out.fuel -= testSlice - left; out.fuel < 0 {
			panic(errors.New("no fuel"))
		}
		s[0] = testSlice
	}), i64, i64).Export(TickName).Instantiate(ctx)
	if err != nil {
		return out, err
	}
	m, err := r.Instantiate(ctx, module)
	if err != nil {
		return out, err
	}
	for i := range functions {
		f := m.ExportedFunction(string(rune('a' + i)))
		if f == nil {
			break
		}
		got, err := f.Call(ctx, uint64(i+1))
		if err != nil {
			trap, _, _ := strings.Cut(err.Error(), "\n")
			out.trap += trap
		}
		out.results += fmt.Sprint(got)
	}
	if m.Memory() != nil {
		view, _ := m.Memory().Read(0, m.Memory().Size())
		out.memory = bytes.Clone(view)
	}
	if g := m.ExportedGlobal("global"); g != nil {
		out.global = g.Get()
	}
	if g := m.ExportedGlobal(FuelExport); g != nil {
		out.fuel += int64(g.Get())
	}
	return out, nil
}

func interpreter() wazero.RuntimeConfig { return wazero.NewRuntimeConfigInterpreter() }

func (r run) same(o run) bool {
	return r.results == o.results && r.trap == o.trap && r.global == o.global && r.seen == o.seen && bytes.Equal(r.memory, o.memory)
}

// A metered program does what it did before, spends the same each time and in either engine, and ends when its fuel does.
func TestMeteredProgramsDoTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		original := draw(t)
		if _, err := Check(original); err != nil {
			t.Fatal(err)
		}
		metered, err := Rewrite(original)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := execute(context.Background(), interpreter(), original, someFuel)
		if err != nil {
			t.Fatalf("the program is not valid: %v", err)
		}
		first, err := execute(context.Background(), interpreter(), metered, someFuel)
		if err != nil {
			t.Fatalf("the metered program is not valid: %v", err)
		}
		second, err := execute(context.Background(), wazero.NewRuntimeConfig(), metered, someFuel)
		if err != nil {
			t.Fatal(err)
		}
		if !plain.same(first) || !plain.same(second) {
			t.Errorf("plain %+v, metered %+v and %+v", plain, first, second)
		}
		spent := someFuel - first.fuel
		if first.fuel != second.fuel || spent < functions {
			t.Errorf("spent %d and %d", spent, someFuel-second.fuel)
		}
		if short, err := execute(context.Background(), interpreter(), metered, spent-testSlice-1); err != nil || !strings.Contains(short.trap, "no fuel") {
			t.Errorf("with %d of %d units: trap %q, %v", spent-testSlice-1, spent, short.trap, err)
		}
	})
}

// spent is what one call of a body costs.
func spent(t *testing.T, body []byte) int64 {
	t.Helper()
	metered, err := Rewrite(encode(body))
	if err != nil {
		t.Fatal(err)
	}
	r, err := execute(t.Context(), interpreter(), metered, someFuel)
	if err != nil || r.trap != "" {
		t.Fatalf("%v, trap %q", err, r.trap)
	}
	return someFuel - r.fuel
}

func TestWhatIsCharged(t *testing.T) {
	t.Parallel()
	empty := constant(0)
	straight := bytes.Repeat([]byte{0x01}, 10*Stretch) // nop
	turns := func(n int32) []byte {
		return join(constant(n), setLocal(firstLoop), []byte{wasm.OpLoop, wasm.BlockEmpty}, getLocal(firstLoop), constant(1), []byte{0x6b, wasm.OpLocalTee, firstLoop, 0x0d, 0, wasm.OpEnd}, empty)
	}
	fill := join(constant(0), constant(1), constant(64000), []byte{wasm.OpMore, wasm.MoreMemoryFill, 0}, empty)
	for _, tt := range []struct {
		name string
		body []byte
		want int64
	}{
		{"a call", empty, 1},
		{"turns of a loop", turns(1000), 1001},
		{"a long stretch", join(straight, empty), 11},
		{"a fill", fill, 1 + 64000>>BulkShift},
		{"growth", join(constant(1), []byte{wasm.OpMemoryGrow, 0}), 1 + GrowBase + PageCost},
		{"growth that cannot be", join(constant(-1), []byte{wasm.OpMemoryGrow, 0}), 1 + GrowBase + 0xffff*PageCost},
	} {
		if got := spent(t, tt.body); got != tt.want {
			t.Errorf("%s costs %d, want %d", tt.name, got, tt.want)
		}
	}
}

// A guest that names the global behind its last one would name the fuel once it is rewritten: the validator refuses the original.
func TestForgedFuelDoesNotValidate(t *testing.T) {
	t.Parallel()
	forged := encode(join(constant(0), []byte{wasm.OpI64Const}, wasm.AppendSigned(nil, 1<<60), []byte{wasm.OpGlobalSet, 1}))
	if _, err := execute(t.Context(), interpreter(), forged, 0); err == nil {
		t.Fatal("the original validates")
	}
	metered, err := Rewrite(forged)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := execute(t.Context(), interpreter(), metered, someFuel); err != nil {
		t.Fatalf("the trap that this test is about is not there: %v", err)
	}
}

// The adapters of the house, which the Go toolchain made, are valid when metered.
func TestRealModules(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../../plugins/dist/*.wasm")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files { // none before `make plugins`; the tests of engine/plugin build one themselves
		module, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		imports, err := Check(module)
		if err != nil || len(imports) == 0 {
			t.Fatalf("%s: %v, %v", name, imports, err)
		}
		metered, err := Rewrite(module)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Rewrite(module)
		if err != nil || !bytes.Equal(metered, again) {
			t.Errorf("%s: another result the second time, %v", name, err)
		}
	}
}

func TestShapes(t *testing.T) {
	t.Parallel()
	nested := func(n int) []byte {
		return join(bytes.Repeat([]byte{wasm.OpBlock, wasm.BlockEmpty}, n), bytes.Repeat([]byte{wasm.OpEnd}, n), constant(0))
	}
	with := func(id byte, section []byte) []byte {
		m, err := wasm.Parse(encode(constant(0)))
		if err != nil {
			t.Fatal(err)
		}
		m.Sections[id] = section
		return m.Encode()
	}
	good := encode(constant(0))
	for _, tt := range []struct {
		name   string
		module []byte
		text   string // "" = taken
	}{
		{"good", good, ""},
		{"empty", nil, "not a WebAssembly 1 binary"},
		{"cut off", good[:len(good)-3], "malformed"},
		{"sections out of order", append(append([]byte(wasm.Header), wasm.SectionFunction, 1, 0), wasm.SectionType, 1, 0), "out of order"},
		{"unknown section", append([]byte(wasm.Header), 99, 0), "section 99"},
		{"deep", encode(nested(MaxNested)), ""},
		{"too deep", encode(nested(MaxNested + 1)), "nests more than 2000"},
		{"many blocks", encode(append(bytes.Repeat([]byte{wasm.OpBlock, wasm.BlockEmpty, wasm.OpEnd}, MaxBlocks+1), constant(0)...)), "more than 5000 blocks"},
		{"large body", encode(append(make([]byte, MaxBody), constant(0)...)), "has a body of"},
		{"table.set", encode(join(constant(0), []byte{0xd0, 0x70, 0x26, 0}, constant(0))), "changes a table"},
		{"table.copy", encode(join(constant(0), constant(0), constant(0), []byte{wasm.OpMore, wasm.MoreTableCopy, 0, 0}, constant(0))), "changes a table"},
		{"tail call", encode([]byte{0x12, 0}), "not of WebAssembly 2.0"},
		{"two memories", with(wasm.SectionMemory, []byte{2, 0, 1, 0, 1}), "2 memories"},
		{"shared memory", with(wasm.SectionMemory, []byte{1, 3, 1, 1}), "shared"},
		{"huge table", with(wasm.SectionTable, append([]byte{1, 0x70, 0}, wasm.AppendU32(nil, MaxTable+1)...)), "table of 1048577"},
		{"more data than there is", with(wasm.SectionData, wasm.AppendU32(nil, 1<<30)), "data segments"},
		{"more elements than there are", with(wasm.SectionElement, join([]byte{1, 0, wasm.OpI32Const, 0, wasm.OpEnd}, wasm.AppendU32(nil, 1<<30))), "section 9"},
		{"more types than there are", with(wasm.SectionType, wasm.AppendU32(nil, 1<<30)), "section 1"},
		{"more segments than it says", with(wasm.SectionDataCount, []byte{2}), "number of data segments"},
		{"start", with(wasm.SectionStart, []byte{0}), "start section"},
		{"imported global", with(wasm.SectionImport, []byte{1, 1, 'a', 1, 'b', 3, wasm.TypeI32, 1}), "not a function"},
		{"the name of the fuel", with(wasm.SectionExport, vector(append(wasm.AppendName(nil, FuelExport), 3, 0))), "the host's"},
		{"many locals", with(wasm.SectionCode, vector(sized(append(append([]byte{1}, wasm.AppendU32(nil, MaxLocals+1)...), wasm.TypeI32, wasm.OpI32Const, 0, wasm.OpEnd)))), "locals"},
	} {
		_, err := Check(tt.module)
		var shape *wasm.FormatError
		if tt.text == "" && err != nil || tt.text != "" && (!errors.As(err, &shape) || !strings.Contains(err.Error(), tt.text)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.text)
		}
	}
}

// FuzzMeter: whatever comes, there is no panic; and what validates still does when it is metered.
func FuzzMeter(f *testing.F) {
	f.Add(encode(constant(0)))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\v\x1b\xcd\xcd\xcd0\xcd0000000000000000000000"))
	f.Add(encode(join(constant(1), []byte{wasm.OpMemoryGrow, 0})))
	f.Add(encode(join([]byte{wasm.OpLoop, wasm.BlockEmpty, wasm.OpEnd}, constant(0), constant(0), constant(0), []byte{wasm.OpMore, wasm.MoreMemoryFill, 0}, constant(0)), constant(1), constant(2)))
	f.Fuzz(func(t *testing.T, module []byte) {
		_, refused := Check(module)
		metered, err := Rewrite(module)
		if refused != nil || len(module) > 1<<16 {
			return
		}
		ctx := context.Background()
		r := wazero.NewRuntimeWithConfig(ctx, interpreter())
		defer func() { _ = r.Close(ctx) }()
		if _, invalid := r.CompileModule(ctx, module); invalid != nil {
			return
		}
		if err != nil {
			t.Fatalf("valid and taken, but not metered: %v", err)
		}
		if _, invalid := r.CompileModule(ctx, metered); invalid != nil {
			t.Fatalf("valid, but not when metered: %v", invalid)
		}
	})
}
