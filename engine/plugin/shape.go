package plugin

import (
	"encoding/binary"
	"fmt"
)

// Limits on the shape of a module. Real adapters of the Go toolchain stay far below them: bodies up to 54 KB, tables of 10,000.
const (
	maxBody  = 256 << 10 // bytes of one function; the compiler's time grows faster than this
	maxTable = 1 << 20   // entries at start; a table is host memory that no memory limit counts
)

// Section and import kinds of the binary format (WebAssembly Core Specification 2.0, section 5.5).
const (
	sectionImport = 2
	sectionTable  = 4
	sectionStart  = 8
	sectionCode   = 10

	kindFunc = 0
)

// wasiModule is the only module that may be imported from.
const wasiModule = "wasi_snapshot_preview1"

// checkShape refuses a module for what the compiler would accept: foreign imports, a start section (it would run before any limit is
// set), huge functions and tables. It walks the sections only as far as it needs; wazero validates the rest.
func checkShape(wasm []byte) error {
	if len(wasm) < 8 || string(wasm[:4]) != "\x00asm" || binary.LittleEndian.Uint32(wasm[4:]) != 1 {
		return &ModuleError{"not a WebAssembly 1 binary (expected the bytes 00 61 73 6d 01 00 00 00 first)"}
	}
	r := &reader{b: wasm[8:]}
	for len(r.b) > 0 && !r.bad {
		id := r.byte()
		section := &reader{b: r.bytes(r.u32())}
		if err := checkSection(id, section); err != nil {
			return err
		}
		if section.bad {
			return &ModuleError{fmt.Sprintf("section %d is cut off or malformed", id)}
		}
	}
	if r.bad {
		return &ModuleError{"the file is cut off or malformed"}
	}
	return nil
}

func checkSection(id byte, r *reader) error {
	switch id {
	case sectionImport:
		return checkImports(r)
	case sectionTable:
		return checkTables(r)
	case sectionStart:
		return &ModuleError{"it has a start section; put what must run first into the export _initialize"}
	case sectionCode:
		return checkBodies(r)
	}
	return nil
}

func checkImports(r *reader) error {
	for n := r.u32(); n > 0 && !r.bad; n-- {
		module, name, kind := string(r.bytes(r.u32())), string(r.bytes(r.u32())), r.byte()
		switch {
		case r.bad:
		case kind != kindFunc:
			return &ModuleError{fmt.Sprintf("it imports %q.%q, which is not a function; memory, tables and globals must be its own", module, name)}
		case module != wasiModule:
			return &ModuleError{fmt.Sprintf("it imports %q.%q; only functions of %s may be imported", module, name, wasiModule)}
		case !wasiKnows(name):
			return &ModuleError{fmt.Sprintf("it imports %q, which is not a function of %s", name, wasiModule)}
		}
		r.u32() // type index
	}
	return nil
}

func checkTables(r *reader) error {
	for n := r.u32(); n > 0 && !r.bad; n-- {
		r.byte() // reference type
		flags := r.byte()
		least := r.u32()
		if least > maxTable {
			return &ModuleError{fmt.Sprintf("it has a table of %d entries, at most %d are allowed", least, maxTable)}
		}
		if flags&1 != 0 {
			r.u32()
		}
	}
	return nil
}

func checkBodies(r *reader) error {
	n := r.u32()
	for i := range n {
		size := r.u32()
		if size > maxBody {
			return &ModuleError{fmt.Sprintf("function %d has a body of %d bytes, at most %d are allowed", i, size, maxBody)}
		}
		if r.bytes(size); r.bad {
			break
		}
	}
	return nil
}

// reader takes values from the front of b. After a read beyond the end, bad is set and every read gives zero.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) bytes(n uint32) []byte {
	if r.bad || uint64(n) > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) byte() byte {
	if v := r.bytes(1); len(v) == 1 {
		return v[0]
	}
	return 0
}

// u32 reads an unsigned LEB128 of at most five bytes.
func (r *reader) u32() uint32 {
	var v uint64
	for shift := 0; shift < 35; shift += 7 {
		b := r.byte()
		v |= uint64(b&0x7f) << shift
		if b&0x80 == 0 {
			if v > 1<<32-1 {
				break
			}
			return uint32(v)
		}
	}
	r.bad = true
	return 0
}
