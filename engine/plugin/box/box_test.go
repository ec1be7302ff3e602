package box

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"pgregory.net/rapid"

	"github.com/pollwright/pollwright/engine/plugin/wasm"
)

// vector encodes a list.
func vector(items ...[]byte) []byte {
	out := wasm.AppendU32(nil, uint32(len(items)))
	for _, i := range items {
		out = append(out, i...)
	}
	return out
}

// sample is a module with a memory of two pages, a global of each kind and some data.
func sample(change func(wasm.Module)) []byte {
	m := wasm.Module{Sections: map[byte][]byte{
		wasm.SectionMemory: {1, 1, 2, 9},
		wasm.SectionGlobal: vector(
			[]byte{wasm.TypeI32, 1, wasm.OpI32Const, 7, wasm.OpEnd},
			[]byte{wasm.TypeI64, 0, wasm.OpI64Const, 9, wasm.OpEnd}, // never changes
			[]byte{wasm.TypeI64, 1, wasm.OpI64Const, 9, wasm.OpEnd},
			[]byte{typeF32, 1, opF32Const, 0, 0, 0, 0, wasm.OpEnd},
			[]byte{typeF64, 1, opF64Const, 0, 0, 0, 0, 0, 0, 0, 0, wasm.OpEnd}),
		wasm.SectionExport: vector(append(wasm.AppendName(nil, "memory"), 2, 0), append(wasm.AppendName(nil, "still"), kindGlobal, 1)),
		wasm.SectionData:   vector([]byte{0, wasm.OpI32Const, 5, wasm.OpEnd, 3, 'a', 'b', 'c'}),
	}}
	if change != nil {
		change(m)
	}
	return m.Encode()
}

// A module that was baked begins with the memory and the globals it was baked with, whatever they are.
func TestBakedModulesBeginAtTheImage(t *testing.T) {
	t.Parallel()
	exposed, globals, err := Expose(sample(nil))
	if err != nil || len(globals) != 4 {
		t.Fatalf("%d globals, %v", len(globals), err)
	}
	rapid.Check(t, func(t *rapid.T) {
		memory := make([]byte, rapid.IntRange(1, 9).Draw(t, "pages")*pageSize)
		for range rapid.IntRange(0, 20).Draw(t, "writes") {
			at := rapid.IntRange(0, len(memory)-1).Draw(t, "at")
			copy(memory[at:], rapid.SliceOfN(rapid.Byte(), 1, 600).Draw(t, "bytes"))
		}
		values := []uint64{
			uint64(rapid.Uint32().Draw(t, "i32")), rapid.Uint64().Draw(t, "i64"),
			uint64(rapid.Uint32().Draw(t, "f32")), rapid.Uint64().Draw(t, "f64"),
		}
		baked, err := Bake(exposed, globals, memory, values)
		if err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
		defer func() { _ = r.Close(ctx) }()
		for name, file := range map[string][]byte{"whole": baked.Whole, "bare": baked.Bare} {
			m, err := r.InstantiateWithConfig(ctx, file, wazero.NewModuleConfig().WithName(""))
			if err != nil {
				t.Fatal(err)
			}
			for i, g := range globals {
				if got := m.ExportedGlobal(g.Name).(api.MutableGlobal).Get(); got != values[i] {
					t.Errorf("%s: %s is %#x, want %#x", name, g.Name, got, values[i])
				}
			}
			if got := m.ExportedGlobal("still").Get(); got != 9 {
				t.Errorf("%s: the constant is %d", name, got)
			}
			want := memory
			if name == "bare" {
				want = make([]byte, len(memory))
			}
			if got, _ := m.Memory().Read(0, m.Memory().Size()); !bytes.Equal(got, want) {
				t.Errorf("%s: another memory of %d bytes", name, len(got))
			}
		}
	})
}

func TestUnbakable(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(wasm.Module){
		"a vector": func(m wasm.Module) {
			m.Sections[wasm.SectionGlobal] = vector(append(append([]byte{0x7b, 1, 0xfd, 12}, make([]byte, 16)...), wasm.OpEnd))
		},
		"a reference":      func(m wasm.Module) { m.Sections[wasm.SectionGlobal] = vector([]byte{0x70, 1, 0xd0, 0x70, wasm.OpEnd}) },
		"droppable data":   func(m wasm.Module) { m.Sections[wasm.SectionDataCount] = []byte{1} },
		"passive elements": func(m wasm.Module) { m.Sections[wasm.SectionElement] = vector([]byte{1, 0, 0}) },
	} {
		if _, _, err := Expose(sample(change)); !errors.Is(err, ErrUnbakable) {
			t.Errorf("%s: %v, want ErrUnbakable", name, err)
		}
	}
	taken := func(m wasm.Module) {
		m.Sections[wasm.SectionExport] = vector(append(wasm.AppendName(nil, globalPrefix+"0"), kindGlobal, 0))
	}
	var format *wasm.FormatError
	if _, _, err := Expose(sample(taken)); !errors.As(err, &format) {
		t.Errorf("a taken name: %v, want a FormatError", err)
	}
	exposed, globals, err := Expose(sample(nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Bake(exposed, globals, make([]byte, 100), make([]uint64, 4)); err == nil {
		t.Error("an image that is not of whole pages is taken")
	}
}

// Whatever a guest writes, and wherever it grows to, a reset memory is the image and zeros behind it.
func TestResetMemoryIsTheImage(t *testing.T) {
	t.Parallel()
	if err := Try(); errors.Is(err, ErrUnavailable) {
		t.Log(err) // the portable way is tested in engine/plugin
		return
	} else if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		size := os.Getpagesize()
		original := make([]byte, rapid.IntRange(1, 20).Draw(t, "image")*size)
		for at := 0; at < len(original); at += rapid.IntRange(1, 3*size).Draw(t, "step") {
			original[at] = 1
		}
		image, err := NewImage(original)
		if err != nil {
			t.Fatal(err)
		}
		defer image.Close()
		const room = 40
		m, err := image.NewMemory(uint64(room * size))
		if err != nil {
			t.Fatal(err)
		}
		defer m.Unmap()
		length := len(original)
		for range rapid.IntRange(1, 6).Draw(t, "calls") {
			length = max(length, rapid.IntRange(0, room).Draw(t, "size")*size)
			view := m.Reallocate(uint64(length))
			written := map[int]bool{}
			for range rapid.IntRange(0, 30).Draw(t, "writes") {
				at := rapid.IntRange(0, length-1).Draw(t, "at")
				view[at]++
				written[at/size] = true
			}
			pages, err := m.Reset()
			if err != nil || pages < len(written) {
				t.Fatalf("%d pages reset of at least %d, %v", pages, len(written), err)
			}
			if !bytes.Equal(view[:len(original)], original) || !bytes.Equal(view[len(original):], make([]byte, length-len(original))) {
				t.Fatal("the memory remembers")
			}
		}
		if m.Reallocate(uint64(room*size+1)) != nil {
			t.Error("more is given than there is room for")
		}
	})
}

func TestImagesAreChecked(t *testing.T) {
	t.Parallel()
	if _, err := NewImage(make([]byte, 100)); err == nil {
		t.Error("an image of 100 bytes is taken")
	}
	image, err := NewImage(make([]byte, 4*os.Getpagesize()))
	if errors.Is(err, ErrUnavailable) {
		return
	} else if err != nil {
		t.Fatal(err)
	}
	defer image.Close()
	if _, err := image.NewMemory(1000); err == nil {
		t.Error("a memory that is smaller than its image is made")
	}
	m, err := image.NewMemory(uint64(image.Size()))
	if err != nil {
		t.Fatal(err)
	}
	m.Unmap()
	m.Unmap()
	if _, err := m.Reset(); err == nil || m.Reallocate(1) != nil {
		t.Error("an unmapped memory can be used")
	}
}
