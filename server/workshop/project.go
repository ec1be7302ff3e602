package workshop

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/sdk"
	"github.com/pollwright/pollwright/sdk/sdktest"
)

// ModuleFile is what a project's build writes.
const ModuleFile = "adapter.wasm"

// Folders of a project's golden cases.
const (
	caseFolder = "testdata/cases"
	bodyFolder = "testdata/bodies"
)

// Shop is what every command needs.
type Shop struct {
	Out, Err io.Writer
	// Cache is a folder that keeps compiled modules between commands; "" = they are compiled each time.
	Cache string
	// Child makes the process that a module is compiled in; nil = this one.
	Child func(context.Context) *exec.Cmd
	// Environment looks a variable up: credentials come from there.
	Environment func(name string) (string, bool)
}

func (s Shop) say(format string, args ...any) { fmt.Fprintf(s.Out, format+"\n", args...) }

// project is a folder with an adapter's source.
type project struct {
	dir      string
	language language
}

// openProject finds out what language a folder's adapter is in.
func openProject(dir string) (project, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return project{}, err
	}
	if !info.IsDir() {
		return project{}, fmt.Errorf("%s is a file; give the folder of the adapter's project", dir)
	}
	for _, l := range languages {
		if _, err := os.Stat(filepath.Join(dir, l.marker)); err == nil {
			return project{dir, l}, nil
		}
	}
	return project{}, fmt.Errorf("%s is no project of an adapter: it has none of %s. `pollwright plugin new NAME` makes one", dir, markers())
}

func (p project) module() string { return filepath.Join(p.dir, ModuleFile) }

// isModule tells a .wasm file from a folder.
func isModule(path string) bool { return filepath.Ext(path) == ".wasm" }

// open reads a module and puts it into the sandbox that the server would run it in.
func (s Shop) open(ctx context.Context, file string) (*engine.Workbench, []byte, error) {
	wasm, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, err
	}
	w, err := engine.OpenWorkbench(ctx, filepath.Base(file), wasm, engine.WorkbenchConfig{Cache: s.Cache, Child: s.Child})
	return w, wasm, err
}

// host is a module as golden cases are played through it.
func host(ctx context.Context, w *engine.Workbench) sdktest.Host {
	return func(op int, input []byte) ([]byte, error) {
		out, _, err := w.Call(ctx, op, input, clock(op, input))
		return out, err
	}
}

// clock is the time of a call; what is no call has none.
func clock(op int, input []byte) time.Time {
	if op != sdk.OpStep {
		return time.UnixMilli(0)
	}
	call, err := sdk.DecodeCall(input)
	if err != nil {
		return time.UnixMilli(0)
	}
	return time.UnixMilli(call.Now)
}
