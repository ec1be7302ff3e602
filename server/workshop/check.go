package workshop

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pollwright/pollwright/sdk/sdktest"
)

// ErrFailed: the tests ran, and what failed was printed.
var ErrFailed = errors.New("the adapter does not pass")

// Test says how a project is tested.
type Test struct {
	Dir    string
	Update bool // write what the adapter does into its golden cases
	// SandboxOnly leaves out the build and the project's native tests: the module that is there is tested.
	SandboxOnly bool
}

// Test builds a project and runs its golden cases, natively if its language can, then in the sandbox, and what every adapter must keep.
// ErrFailed means that something that was printed failed.
func (s Shop) Test(ctx context.Context, t Test) error {
	p, err := openProject(t.Dir)
	if err != nil {
		return err
	}
	failed := false
	if !t.SandboxOnly {
		if err := s.build(ctx, p); err != nil {
			return err
		}
		if failed, err = s.testNatively(ctx, p, t.Update); err != nil {
			return err
		}
	}
	bad, err := s.testInSandbox(ctx, p, t.Update)
	if err == nil && (failed || bad) {
		err = ErrFailed
	}
	return err
}

// testNatively runs the project's own tests. An update is left to the sandbox: the two must not write at once.
func (s Shop) testNatively(ctx context.Context, p project, update bool) (failed bool, err error) {
	if p.language.test == nil || update {
		return false, nil
	}
	s.say("natively:")
	cmd := p.language.test(p.dir)
	cmd.Stdout, cmd.Stderr = indented{s.Out}, indented{s.Out}
	if err := runUntil(ctx, cmd); ctx.Err() != nil {
		return true, ctx.Err()
	} else if err != nil {
		s.say("  FAIL %s: %v", strings.Join(cmd.Args, " "), err)
		return true, nil
	}
	return false, nil
}

// testInSandbox plays the cases and checks the contract.
func (s Shop) testInSandbox(ctx context.Context, p project, update bool) (failed bool, err error) {
	files, err := filepath.Glob(filepath.Join(p.dir, caseFolder, "*.json"))
	if err != nil || len(files) == 0 {
		return false, fmt.Errorf("there are no golden cases in %s: an adapter is tested by what it asks and what it makes of the answers (docs/adapters.md)",
			filepath.Join(p.dir, caseFolder))
	}
	w, _, err := s.open(ctx, p.module())
	if err != nil {
		return false, err
	}
	defer func() { _ = w.Close(ctx) }() // nothing runs
	s.say("in the sandbox:")
	h, passed := host(ctx, w), 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		diff, err := sdktest.Compare(h, file, filepath.Join(p.dir, bodyFolder), update)
		switch {
		case ctx.Err() != nil:
			return true, ctx.Err()
		case err != nil:
			s.say("  FAIL %s: %v", name, err)
			failed = true
		case diff != "" && update:
			s.say("  wrote %s:\n%s", name, indent(diff))
		case diff != "":
			s.say("  FAIL %s (- the case, + the adapter):\n%s", name, indent(diff))
			failed = true
		default:
			passed++
		}
	}
	s.say("  %d of %d golden cases pass", passed, len(files))
	calls, err := sdktest.FirstCalls(filepath.Join(p.dir, caseFolder))
	if err != nil {
		return true, err
	}
	breaches := sdktest.Breaches(h, calls...)
	for _, b := range breaches {
		s.say("  FAIL contract: %v", b)
	}
	if len(breaches) == 0 {
		s.say("  the contract is kept: manifest, nonsense, and stray answers to requests for %s", count(len(calls), "resource"))
	}
	return failed || len(breaches) > 0, nil
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n    ")
}

// indented writes each line a little to the right.
type indented struct {
	out interface{ Write([]byte) (int, error) }
}

func (i indented) Write(b []byte) (int, error) {
	text := strings.TrimSuffix(string(b), "\n")
	_, err := i.out.Write([]byte("  " + strings.ReplaceAll(text, "\n", "\n  ") + "\n"))
	return len(b), err
}

// exists reports whether a file is there.
func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
