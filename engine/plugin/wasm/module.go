package wasm

import (
	"encoding/binary"
	"slices"
)

// Sections of the binary format (WebAssembly Core Specification 2.0, section 5.5.2).
const (
	SectionCustom    = 0
	SectionType      = 1
	SectionImport    = 2
	SectionFunction  = 3
	SectionTable     = 4
	SectionMemory    = 5
	SectionGlobal    = 6
	SectionExport    = 7
	SectionStart     = 8
	SectionElement   = 9
	SectionCode      = 10
	SectionData      = 11
	SectionDataCount = 12
)

// order is the one in which sections stand; the count of data segments goes before the code.
var order = []byte{SectionType, SectionImport, SectionFunction, SectionTable, SectionMemory, SectionGlobal, SectionExport, SectionStart,
	SectionElement, SectionDataCount, SectionCode, SectionData}

// Header is the magic and version of WebAssembly 1.
const Header = "\x00asm\x01\x00\x00\x00"

// Module is a file cut into its sections. Custom sections are left out: names and line tables speak of indices that do not hold any more.
type Module struct {
	Sections map[byte][]byte // by id
}

// Parse cuts a file. The error is a *FormatError.
func Parse(wasm []byte) (Module, error) {
	m := Module{map[byte][]byte{}}
	if len(wasm) < len(Header) || string(wasm[:len(Header)]) != Header {
		return m, Fault("not a WebAssembly 1 binary (expected the bytes 00 61 73 6d 01 00 00 00 first)")
	}
	r := &Reader{B: wasm, At: len(Header)}
	last := -1
	for r.Left() {
		id := r.Byte()
		body := r.Bytes(r.U32())
		if r.Bad {
			break
		}
		if id == SectionCustom {
			continue
		}
		place := slices.Index(order, id)
		switch {
		case place < 0:
			return m, Fault("it has a section %d, which WebAssembly 2.0 does not know", id)
		case place <= last:
			return m, Fault("its section %d is repeated or out of order", id)
		}
		last = place
		m.Sections[id] = body
	}
	if r.Bad {
		return m, Fault("the file is cut off or malformed")
	}
	return m, nil
}

// Has reports whether a section is there.
func (m Module) Has(id byte) bool {
	_, ok := m.Sections[id]
	return ok
}

// Encode writes the file.
func (m Module) Encode() []byte {
	out := []byte(Header)
	for _, id := range order {
		body, ok := m.Sections[id]
		if !ok {
			continue
		}
		out = append(out, id)
		out = binary.AppendUvarint(out, uint64(len(body)))
		out = append(out, body...)
	}
	return out
}

// Section reads a section. What is missing reads as a vector of nothing.
func (m Module) Section(id byte) *Reader {
	body, ok := m.Sections[id]
	if !ok {
		body = []byte{0}
	}
	return &Reader{B: body}
}

// End reports a section that was not read to its end, or beyond.
func End(r *Reader, id byte) error {
	if r.Bad || r.At != len(r.B) {
		return Fault("section %d is cut off or malformed", id)
	}
	return nil
}
