package workshop

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Build compiles the project of a folder to its adapter.wasm and checks that this host would install it. Errors name what is missing on this
// machine, or are the compiler's own words.
func (s Shop) Build(ctx context.Context, dir string) error {
	p, err := openProject(dir)
	if err != nil {
		return err
	}
	if err := s.build(ctx, p); err != nil {
		return err
	}
	w, wasm, err := s.open(ctx, p.module())
	if err != nil {
		return err
	}
	defer func() { _ = w.Close(ctx) }() // nothing runs
	s.say("built %s: %s %s, %s", p.module(), w.Manifest.Name, w.Manifest.Version, size(int64(len(wasm))))
	return nil
}

// build runs the compiler. A module that was there stays until the new one is whole.
func (s Shop) build(ctx context.Context, p project) error {
	if lines := p.language.missing(p.dir); len(lines) > 0 {
		return fmt.Errorf("to build an adapter of %s,\n  %s", p.language.name, strings.Join(lines, "\n  "))
	}
	folder, err := os.MkdirTemp("", "pollwright-build-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	out := filepath.Join(folder, ModuleFile)
	commands, err := p.language.build(p.dir, out)
	if err != nil {
		return err
	}
	for _, cmd := range commands {
		cmd.Stdout, cmd.Stderr = s.Err, s.Err
		if err := runUntil(ctx, cmd); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(cmd.Path), err)
		}
	}
	wasm, err := os.ReadFile(out)
	if err != nil {
		return err
	}
	return writeWhole(p.module(), wasm)
}

// writeWhole puts a file in its place at once.
func writeWhole(path string, content []byte) error {
	temporary := path + ".new"
	if err := os.WriteFile(temporary, content, 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

// size writes a number of bytes for people.
func size(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", n)
}
