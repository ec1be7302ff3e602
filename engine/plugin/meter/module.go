package meter

import (
	"encoding/binary"
	"slices"
)

// Sections of the binary format (WebAssembly Core Specification 2.0, section 5.5.2).
const (
	sectionCustom    = 0
	sectionType      = 1
	sectionImport    = 2
	sectionFunction  = 3
	sectionTable     = 4
	sectionMemory    = 5
	sectionGlobal    = 6
	sectionExport    = 7
	sectionStart     = 8
	sectionElement   = 9
	sectionCode      = 10
	sectionData      = 11
	sectionDataCount = 12
)

// order is the one in which sections stand; the count of data segments goes before the code.
var order = []byte{sectionType, sectionImport, sectionFunction, sectionTable, sectionMemory, sectionGlobal, sectionExport, sectionStart,
	sectionElement, sectionDataCount, sectionCode, sectionData}

// header is the magic and version of WebAssembly 1.
const header = "\x00asm\x01\x00\x00\x00"

// module is a file cut into its sections. Custom sections are left out: names and line tables speak of indices that do not hold any more.
type module struct {
	sections map[byte][]byte
}

func parse(wasm []byte) (module, error) {
	m := module{map[byte][]byte{}}
	if len(wasm) < len(header) || string(wasm[:len(header)]) != header {
		return m, shapeError("not a WebAssembly 1 binary (expected the bytes 00 61 73 6d 01 00 00 00 first)")
	}
	r := &reader{b: wasm, at: len(header)}
	last := -1
	for r.left() {
		id := r.byte()
		body := r.bytes(r.u32())
		if r.bad {
			break
		}
		if id == sectionCustom {
			continue
		}
		place := slices.Index(order, id)
		switch {
		case place < 0:
			return m, shapeError("it has a section %d, which WebAssembly 2.0 does not know", id)
		case place <= last:
			return m, shapeError("its section %d is repeated or out of order", id)
		}
		last = place
		m.sections[id] = body
	}
	if r.bad {
		return m, shapeError("the file is cut off or malformed")
	}
	return m, nil
}

func (m module) has(id byte) bool {
	_, ok := m.sections[id]
	return ok
}

// encode writes the file.
func (m module) encode() []byte {
	out := []byte(header)
	for _, id := range order {
		body, ok := m.sections[id]
		if !ok {
			continue
		}
		out = append(out, id)
		out = binary.AppendUvarint(out, uint64(len(body)))
		out = append(out, body...)
	}
	return out
}

// section reads a section. What is missing reads as a vector of nothing.
func (m module) section(id byte) *reader {
	body, ok := m.sections[id]
	if !ok {
		body = []byte{0}
	}
	return &reader{b: body}
}

// end reports a section that was not read to its end, or beyond.
func end(r *reader, id byte) error {
	if r.bad || r.at != len(r.b) {
		return shapeError("section %d is cut off or malformed", id)
	}
	return nil
}
