package plugin

import (
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// TestWASIIsComplete compares the table of functions with wazero's own implementation of preview 1.
func TestWASIIsComplete(t *testing.T) {
	t.Parallel()
	r := wazero.NewRuntimeWithConfig(t.Context(), wazero.NewRuntimeConfigInterpreter())
	defer func() { _ = r.Close(t.Context()) }()
	theirs, err := wasi_snapshot_preview1.NewBuilder(r).Compile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range theirs.ExportedFunctions() {
		params, ok := wasiParams[name]
		if !ok {
			t.Errorf("%s is missing", name)
			continue
		}
		if got := valueTypes(params); string(got) != string(f.ParamTypes()) {
			t.Errorf("%s takes %s, want %s", name, signature(got, nil), signature(f.ParamTypes(), nil))
		}
		if noResult := len(f.ResultTypes()) == 0; noResult != wasiNoResult[name] {
			t.Errorf("%s: no result is %v, want %v", name, wasiNoResult[name], noResult)
		}
	}
	if len(wasiParams) != len(theirs.ExportedFunctions()) {
		t.Errorf("%d functions, want %d", len(wasiParams), len(theirs.ExportedFunctions()))
	}
}

// TestClockNeverRunsBack: neither sleeping for ever nor an instant at the end of time overflows it.
func TestClockNeverRunsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(1000, [32]byte{}, 0)
	for _, sleep := range []struct {
		timeout  uint64
		absolute bool
	}{{5, false}, {1, true}, {1 << 63, true}, {1<<64 - 1, false}, {1<<64 - 1, true}, {0, false}} {
		before := w.clock
		w.sleep(sleep.timeout, sleep.absolute)
		if w.clock < before || w.clock > maxClock {
			t.Errorf("sleep %+v moved the clock from %d to %d", sleep, before, w.clock)
		}
	}
	if w = newWorld(1<<64-1, [32]byte{}, 0); w.clock != maxClock {
		t.Errorf("clock starts at %d, want %d", w.clock, uint64(maxClock))
	}
}

// TestWASIRefusesBadMemory: every function that does something answers EFAULT for ranges outside memory, and EBADF for foreign descriptors.
func TestWASIRefusesBadMemory(t *testing.T) {
	t.Parallel()
	c := newCatalog(t, Config{}, map[string]module{"a.wasm": good("a")})
	a, err := c.acquire("a")
	if err != nil {
		t.Fatal(err)
	}
	defer a.release()
	w := newWorld(0, a.seed, 100)
	mod, err := c.sandbox.runtime.InstantiateModule(withWorld(t.Context(), w), a.code, moduleConfig(""))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = mod.Close(t.Context()) }()
	const far = 0xfffffff0
	for _, tt := range []struct {
		name   string
		params []uint64
		want   uint64
	}{
		{"args_sizes_get", []uint64{far, 0}, errnoFault},
		{"environ_sizes_get", []uint64{0, far}, errnoFault},
		{"clock_time_get", []uint64{0, 0, far}, errnoFault},
		{"clock_time_get", []uint64{7, 0, 0}, errnoInval},
		{"clock_res_get", []uint64{1, far}, errnoFault},
		{"random_get", []uint64{far, 64}, errnoFault},
		{"fd_write", []uint64{2, far, 1, 0}, errnoFault},
		{"fd_write", []uint64{3, 0, 1, 0}, errnoBadf},
		{"fd_write", []uint64{1, 0, 0, far}, errnoFault},
		{"poll_oneoff", []uint64{far, 0, 1, 0}, errnoFault},
		{"poll_oneoff", []uint64{0, 0, 0, 0}, errnoInval},
		{"poll_oneoff", []uint64{0, 0, 65, 0}, errnoInval},
		{"fd_read", []uint64{0, 0, 0, 0}, errnoBadf},
		{"path_open", make([]uint64, 9), errnoNosys},
		{"sock_accept", make([]uint64, 3), errnoBadf},
	} {
		var m api.Memory = mod.Memory()
		if got := wasiCall(tt.name)(w, m, tt.params); got != tt.want {
			t.Errorf("%s%v = %d, want %d", tt.name, tt.params, got, tt.want)
		}
	}
}
