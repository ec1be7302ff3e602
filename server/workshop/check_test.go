package workshop

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

// The module of the example has another name than the project, but the same cases hold for it, but for the texts with the name.
func TestSandboxOnly(t *testing.T) {
	t.Parallel()
	d := setup(t)
	dir := d.ready()
	file := filepath.Join(dir, caseFolder, "items_since.json")
	right := d.read(file)

	err := d.Test(t.Context(), Test{Dir: dir, SandboxOnly: true})
	if !errors.Is(err, ErrFailed) || !strings.Contains(d.out.String(), "Larder") {
		t.Fatalf("got %v, want the differing names:\n%s", err, d.out)
	}
	d.write(file, strings.Replace(right, `"limit"`, `"size"`, 1))
	d.out.text.Reset()
	if err := d.Test(t.Context(), Test{Dir: dir, SandboxOnly: true}); !errors.Is(err, ErrFailed) {
		t.Errorf("a wrong case: got %v", err)
	}
	for _, want := range []string{"FAIL items_since", `-             "name": "size"`, `+             "name": "limit"`} {
		if !strings.Contains(d.out.String(), want) {
			t.Errorf("%q is not in\n%s", want, d.out)
		}
	}
	if err := d.Test(t.Context(), Test{Dir: dir, SandboxOnly: true, Update: true}); err != nil {
		t.Errorf("update: %v", err)
	}
	if got := d.read(file); got != right {
		t.Errorf("after the update the case is\n%s\nwant\n%s", got, right)
	}
	if err := d.Test(t.Context(), Test{Dir: dir, SandboxOnly: true}); err != nil {
		t.Errorf("after the update: %v\n%s", err, d.out)
	}
}

func TestNoCases(t *testing.T) {
	t.Parallel()
	d := setup(t)
	dir := t.TempDir()
	d.write(filepath.Join(dir, "adapter.c"), "")
	if err := d.Test(t.Context(), Test{Dir: dir, SandboxOnly: true}); err == nil || !strings.Contains(err.Error(), "no golden cases") {
		t.Errorf("got %v, want to be told that there are no cases", err)
	}
}

func TestInspect(t *testing.T) {
	t.Parallel()
	d := setup(t)
	module := filepath.Join(d.ready(), ModuleFile)
	if err := d.Inspect(t.Context(), module, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"larder (Larder), version 1.0.0", "https://api.larder.example", "imports         nothing", "asks GET /v1/items", "api.key: string, required, secret"} {
		if !strings.Contains(d.out.String(), want) {
			t.Errorf("%q is not in\n%s", want, d.out)
		}
	}
	d.out.text.Reset()
	if err := d.Inspect(t.Context(), module, true); err != nil || !strings.Contains(d.out.String(), `"baseUrls": [`) {
		t.Errorf("as JSON: %v\n%s", err, d.out)
	}
}

func TestInspectRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ wasm, want string }{
		"no module":  {"#!/bin/sh\n", "not a WebAssembly 1 binary"},
		"cut off":    {"\x00asm\x01\x00\x00\x00\x01\x40", "cut off"},
		"no exports": {"\x00asm\x01\x00\x00\x00", "does not export"},
		"an import": {"\x00asm\x01\x00\x00\x00" + "\x01\x04\x01\x60\x00\x00" + "\x02\x0c\x01\x03env\x04open\x00\x00",
			`imports "env"."open"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := setup(t)
			file := filepath.Join(t.TempDir(), "x.wasm")
			d.write(file, c.wasm)
			if err := d.Inspect(t.Context(), file, false); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
}
