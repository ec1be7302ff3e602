package box

import (
	"encoding/binary"
	"errors"
	"strconv"

	"github.com/pollwright/pollwright/engine/plugin/wasm"
)

// ErrUnbakable means that a module has state beside its memory and plain globals, or initialises itself in a way that is not known here.
var ErrUnbakable = errors.New("its state is not only in its memory and in numbers")

// globalPrefix begins the names of the exports by which the host reads and sets a module's own globals.
const globalPrefix = "pollwright_global_"

// Global is a mutable global of a module, exported under Name.
type Global struct {
	Name string
	kind byte
	at   uint32 // index
}

// Expose exports all mutable globals. It fails with ErrUnbakable if the module could not be baked, and with a *wasm.FormatError if a name is taken.
func Expose(file []byte) ([]byte, []Global, error) {
	m, err := wasm.Parse(file)
	if err != nil {
		return nil, nil, err
	}
	globals, err := mutable(m)
	if err == nil {
		err = plain(m)
	}
	if err != nil {
		return nil, nil, err
	}
	r := m.Section(wasm.SectionExport)
	n := r.Count()
	body := wasm.AppendU32(nil, n+uint32(len(globals)))
	body = append(body, r.B[r.At:]...)
	for ; n > 0 && !r.Bad; n-- {
		if name := r.Name(); len(name) >= len(globalPrefix) && name[:len(globalPrefix)] == globalPrefix {
			return nil, nil, wasm.Fault("it exports %q, a name that is the host's", name)
		}
		r.Byte()
		r.U32()
	}
	for _, g := range globals {
		body = wasm.AppendU32(append(wasm.AppendName(body, g.Name), kindGlobal), g.at)
	}
	m.Sections[wasm.SectionExport] = body
	return m.Encode(), globals, wasm.End(r, wasm.SectionExport)
}

const (
	kindGlobal = 3
	typeF32    = 0x7d
	typeF64    = 0x7c
	opF32Const = 0x43
	opF64Const = 0x44
)

// mutable lists the mutable globals. Vectors and references are not numbers that the host can set.
func mutable(m wasm.Module) (globals []Global, err error) {
	r := m.Section(wasm.SectionGlobal)
	for i, n := uint32(0), r.Count(); i < n && !r.Bad; i++ {
		kind, mutable := r.Byte(), r.Byte() == 1
		skip(r)
		if !mutable {
			continue
		}
		if kind < typeF64 || kind > wasm.TypeI32 {
			return nil, ErrUnbakable
		}
		globals = append(globals, Global{globalPrefix + strconv.Itoa(int(i)), kind, i})
	}
	return globals, wasm.End(r, wasm.SectionGlobal)
}

// skip passes over a constant expression.
func skip(r *wasm.Reader) {
	for r.Left() {
		if wasm.Next(r).Op == wasm.OpEnd {
			return
		}
	}
	r.Bad = true
}

// plain refuses modules with segments that code may copy from or drop: which are left is state that no image holds.
func plain(m wasm.Module) error {
	if m.Has(wasm.SectionDataCount) {
		return ErrUnbakable
	}
	r := m.Section(wasm.SectionElement)
	if n := r.Count(); n > 0 {
		if flags := r.U32(); flags&1 != 0 {
			return ErrUnbakable
		}
	}
	return nil
}

// Baked is a module that begins where its image was taken.
type Baked struct {
	Bare   []byte // the module without data: its memory must be that of an Image
	Whole  []byte // the module with all its data
	Memory []byte // the image, of whole pages of 64 KiB
	Values []uint64
}

const pageSize = 64 << 10

// Bake makes them of what Expose returned. memory and values (in the order of globals) are those of its instance.
func Bake(exposed []byte, globals []Global, memory []byte, values []uint64) (Baked, error) {
	m, err := wasm.Parse(exposed)
	if err != nil {
		return Baked{}, err
	}
	if len(memory)%pageSize != 0 || len(values) != len(globals) {
		return Baked{}, errors.New("the image is not that of the module")
	}
	if m.Sections[wasm.SectionGlobal], err = preset(m, globals, values); err != nil {
		return Baked{}, err
	}
	if m.Sections[wasm.SectionMemory], err = resized(m, uint32(len(memory)/pageSize)); err != nil {
		return Baked{}, err
	}
	delete(m.Sections, wasm.SectionData)
	b := Baked{Bare: m.Encode(), Memory: memory, Values: values}
	m.Sections[wasm.SectionData] = segments(memory)
	b.Whole = m.Encode()
	return b, nil
}

// preset lets the mutable globals begin with their values.
func preset(m wasm.Module, globals []Global, values []uint64) ([]byte, error) {
	r := m.Section(wasm.SectionGlobal)
	n := r.Count()
	body := wasm.AppendU32(nil, n)
	next := 0
	for i := uint32(0); i < n && !r.Bad; i++ {
		from := r.At
		r.Bytes(2)
		begin := r.At
		if skip(r); r.Bad {
			break
		}
		if next >= len(globals) || globals[next].at != i {
			body = append(body, r.B[from:r.At]...)
			continue
		}
		body = append(body, r.B[from:begin]...)
		body = append(constant(body, globals[next].kind, values[next]), wasm.OpEnd)
		next++
	}
	return body, wasm.End(r, wasm.SectionGlobal)
}

func constant(out []byte, kind byte, value uint64) []byte {
	switch kind {
	case wasm.TypeI32:
		return wasm.AppendSigned(append(out, wasm.OpI32Const), int64(int32(value)))
	case wasm.TypeI64:
		return wasm.AppendSigned(append(out, wasm.OpI64Const), int64(value))
	case typeF32:
		return binary.LittleEndian.AppendUint32(append(out, opF32Const), uint32(value))
	}
	return binary.LittleEndian.AppendUint64(append(out, opF64Const), value)
}

// resized is the memory section with another size to begin with.
func resized(m wasm.Module, pages uint32) ([]byte, error) {
	r := m.Section(wasm.SectionMemory)
	if r.Count() != 1 {
		return nil, wasm.Fault("it has no memory")
	}
	flags := r.Byte()
	r.U32()
	body := wasm.AppendU32([]byte{1, flags}, pages)
	if flags&1 != 0 {
		body = wasm.AppendU32(body, r.U32())
	}
	return body, wasm.End(r, wasm.SectionMemory)
}

// gap is how many zeros between two runs are written rather than begin another segment.
const gap = 256

// segments is a data section with what is not zero. Each segment costs an instance some time, so there are few.
func segments(memory []byte) []byte {
	var out []byte
	n := uint32(0)
	for at := 0; at < len(memory); {
		if memory[at] == 0 {
			at++
			continue
		}
		last := at
		for next := at + 1; next < len(memory) && next-last <= gap; next++ {
			if memory[next] != 0 {
				last = next
			}
		}
		out = wasm.AppendSigned(append(out, 0, wasm.OpI32Const), int64(int32(at)))
		out = wasm.AppendU32(append(out, wasm.OpEnd), uint32(last+1-at))
		out = append(out, memory[at:last+1]...)
		n++
		at = last + 1
	}
	return append(wasm.AppendU32(nil, n), out...)
}
