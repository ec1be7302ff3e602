package code

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// sum is a module whose function "sum" adds the numbers up to its argument, in a loop.
var sum = []byte("\x00asm\x01\x00\x00\x00" +
	"\x01\x06\x01\x60\x01\x7e\x01\x7e" + // type (i64) -> i64
	"\x03\x02\x01\x00" +
	"\x07\x07\x01\x03sum\x00\x00" +
	"\x0a\x1e\x01\x1c\x01\x01\x7e" + // one local i64
	"\x03\x40" + // loop
	"\x20\x01\x20\x00\x7c\x21\x01" + // total += n
	"\x20\x00\x42\x01\x7d\x22\x00" + // n--
	"\x42\x00\x52\x0d\x00" + // again unless it is 0
	"\x0b\x20\x01\x0b")

type world struct {
	runtime wazero.Runtime
	code    wazero.CompiledModule
}

func setup(t *testing.T, config wazero.RuntimeConfig) world {
	t.Helper()
	ctx := context.Background()
	w := world{runtime: wazero.NewRuntimeWithConfig(ctx, config)}
	t.Cleanup(func() { _ = w.runtime.Close(ctx) })
	var err error
	if w.code, err = w.runtime.CompileModule(ctx, sum); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w world) instance(t *testing.T) api.Module {
	t.Helper()
	m, err := w.runtime.InstantiateModule(context.Background(), w.code, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func ask(t *testing.T, m api.Module) {
	t.Helper()
	got, err := m.ExportedFunction("sum").Call(context.Background(), 100)
	if err != nil || got[0] != 5050 {
		t.Errorf("the sum up to 100 is %d, %v; want 5050", got, err)
	}
}

// mapped says whether the process maps the file.
func mapped(t *testing.T, name string) bool {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(maps)) {
		if strings.Contains(line, name) && strings.Contains(line, "r-xp") {
			return true
		}
	}
	return false
}

// The version of wazero that the project uses must be one whose code is found, or memory is lost without a word.
func TestCodeLiesInTheFile(t *testing.T) {
	t.Parallel()
	w := setup(t, wazero.NewRuntimeConfigCompiler())
	name := filepath.Join(t.TempDir(), "code", "sum")
	m := w.instance(t)
	ask(t, m)
	if err := File(m, name); err != nil {
		t.Fatal(err)
	}
	if !mapped(t, name) {
		t.Error("the file is not mapped as code")
	}
	ask(t, m)
	ask(t, w.instance(t))
	if err := File(w.instance(t), name); err != nil {
		t.Errorf("once more: %v", err)
	}
	if err := w.code.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestFileIsUsedAgain(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "sum")
	if err := File(setup(t, wazero.NewRuntimeConfigCompiler()).instance(t), name); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	m := setup(t, wazero.NewRuntimeConfigCompiler()).instance(t)
	if err := File(m, name); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(name)
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("the file was made anew (%v)", err)
	}
	ask(t, m)
}

// What lies there and is not the code, byte for byte, is never run.
func TestOtherFileIsReplaced(t *testing.T) {
	t.Parallel()
	right := filepath.Join(t.TempDir(), "right")
	if err := File(setup(t, wazero.NewRuntimeConfigCompiler()).instance(t), right); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(right)
	if err != nil {
		t.Fatal(err)
	}
	flipped := []byte(string(text))
	flipped[len(flipped)-1] ^= 1
	for what, held := range map[string][]byte{
		"nothing": {}, "one byte fewer": text[:len(text)-1], "one byte more": append([]byte(string(text)), 0), "another last byte": flipped,
	} {
		name := filepath.Join(t.TempDir(), "sum")
		if err := os.WriteFile(name, held, 0o600); err != nil {
			t.Fatal(err)
		}
		m := setup(t, wazero.NewRuntimeConfigCompiler()).instance(t)
		if err := File(m, name); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		ask(t, m)
		if now, err := os.ReadFile(name); err != nil || string(now) != string(text) {
			t.Errorf("%s: the file was not made anew (%v)", what, err)
		}
	}
}

func TestCodeStays(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		config wazero.RuntimeConfig
		name   string
	}{
		"no machine code":       {wazero.NewRuntimeConfigInterpreter(), filepath.Join(t.TempDir(), "sum")},
		"no folder can be made": {wazero.NewRuntimeConfigCompiler(), filepath.Join(file, "sum")},
		"a folder of that name": {wazero.NewRuntimeConfigCompiler(), t.TempDir()},
		"a device":              {wazero.NewRuntimeConfigCompiler(), "/dev/full/sum"},
	} {
		m := setup(t, c.config).instance(t)
		if err := File(m, c.name); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v, want ErrUnavailable", what, err)
		}
		ask(t, m)
	}
}

// Others may run the code while it is moved.
func TestMoveUnderCalls(t *testing.T) {
	t.Parallel()
	for range 20 {
		w := setup(t, wazero.NewRuntimeConfigCompiler())
		var group sync.WaitGroup
		stop := make(chan struct{})
		for range 3 {
			m := w.instance(t)
			group.Go(func() {
				for {
					ask(t, m)
					select {
					case <-stop:
						return
					default:
					}
				}
			})
		}
		if err := File(w.instance(t), filepath.Join(t.TempDir(), "sum")); err != nil {
			t.Error(err)
		}
		close(stop)
		group.Wait()
	}
}
