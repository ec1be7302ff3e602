package meter

import (
	"pgregory.net/rapid"

	"github.com/pollwright/pollwright/engine/plugin/wasm"
)

// program is a random module that validates: three functions (i32) -> i32 that call those below them, directly and through a table, loop a
// bounded number of times and change the memory and a global.
type program struct {
	*rapid.T
	functions int
	depth     int
}

// What it is made of.
const (
	functions   = 3
	locals      = 4 // the parameter and three more
	firstLoop   = locals
	maxLoops    = 3 // nested; each has a counter of its own
	importCount = 1
)

func vector(items ...[]byte) []byte {
	out := wasm.AppendU32(nil, uint32(len(items)))
	for _, i := range items {
		out = append(out, i...)
	}
	return out
}

func sized(b []byte) []byte { return append(wasm.AppendU32(nil, uint32(len(b))), b...) }

func join(parts ...[]byte) (out []byte) {
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func constant(v int32) []byte  { return wasm.AppendSigned([]byte{wasm.OpI32Const}, int64(v)) }
func getLocal(i uint32) []byte { return wasm.AppendU32([]byte{wasm.OpLocalGet}, i) }
func setLocal(i uint32) []byte { return wasm.AppendU32([]byte{0x21}, i) }

// encode makes the module. Function 0 is an import, so that there is something to shift.
func encode(bodies ...[]byte) []byte {
	m := wasm.Module{Sections: map[byte][]byte{}}
	m.Sections[wasm.SectionType] = vector([]byte{wasm.TypeFunc, 1, wasm.TypeI32, 1, wasm.TypeI32}, []byte{wasm.TypeFunc, 0, 0})
	m.Sections[wasm.SectionImport] = vector(append(wasm.AppendName(wasm.AppendName(nil, "host"), "seen"), kindFunc, 0))
	var kinds, codes, exports, table [][]byte
	for i, b := range bodies {
		kinds = append(kinds, []byte{0})
		code := join([]byte{1, locals - 1 + maxLoops, wasm.TypeI32}, b, []byte{wasm.OpEnd})
		codes = append(codes, sized(code))
		exports = append(exports, append(wasm.AppendName(nil, string(rune('a'+i))), kindFunc, byte(importCount+i)))
		table = append(table, wasm.AppendU32(nil, uint32(importCount+i)))
	}
	exports = append(exports, append(wasm.AppendName(nil, "memory"), 2, 0), append(wasm.AppendName(nil, "global"), 3, 0))
	m.Sections[wasm.SectionFunction] = vector(kinds...)
	m.Sections[wasm.SectionTable] = vector(append([]byte{0x70, 0}, byte(len(bodies))))
	m.Sections[wasm.SectionMemory] = vector([]byte{1, 1, 3})
	m.Sections[wasm.SectionGlobal] = vector([]byte{wasm.TypeI32, 1, wasm.OpI32Const, 7, wasm.OpEnd})
	m.Sections[wasm.SectionExport] = vector(exports...)
	m.Sections[wasm.SectionElement] = vector(join([]byte{0, wasm.OpI32Const, 0, wasm.OpEnd}, vector(table...)))
	m.Sections[wasm.SectionDataCount] = []byte{1}
	m.Sections[wasm.SectionCode] = vector(codes...)
	m.Sections[wasm.SectionData] = vector(join([]byte{1}, sized([]byte("passive data of a module"))))
	return m.Encode()
}

// draw makes a program.
func draw(t *rapid.T) []byte {
	var bodies [][]byte
	for i := range functions {
		p := program{t, i, 0}
		bodies = append(bodies, join(p.statements(0), p.value(0)))
	}
	return encode(bodies...)
}

func (p program) pick(what string, n int) int { return rapid.IntRange(0, n-1).Draw(p.T, what) }

func (p program) statements(loops int) (out []byte) {
	n := p.pick("statements", 5)
	if p.depth > 3 {
		n = min(n, 1)
	}
	for range n {
		out = append(out, p.statement(loops)...)
	}
	return out
}

func (p program) statement(loops int) []byte {
	p.depth++
	local := uint32(p.pick("local", locals))
	switch p.pick("statement", 10) {
	case 0, 1:
		return join(p.value(0), setLocal(local))
	case 2: // store
		return join(p.address(), p.value(0), []byte{0x36, 2, 0})
	case 3:
		return join(p.value(0), []byte{wasm.OpIf, wasm.BlockEmpty}, p.statements(loops), []byte{0x05}, p.statements(loops), []byte{wasm.OpEnd})
	case 4: // a block that is left early
		return join([]byte{wasm.OpBlock, wasm.BlockEmpty}, p.statements(loops), p.value(0), []byte{0x0d, 0}, p.statements(loops), []byte{wasm.OpEnd})
	case 5:
		return p.loop(loops)
	case 6:
		return join(p.address(), p.value(0), constant(int32(p.pick("fill", 200))), []byte{wasm.OpMore, wasm.MoreMemoryFill, 0})
	case 7:
		return join(p.address(), p.address(), constant(int32(p.pick("copy", 200))), []byte{wasm.OpMore, wasm.MoreMemoryCopy, 0, 0})
	case 8:
		return join(p.address(), constant(int32(p.pick("from", 20))), constant(int32(p.pick("init", 8))), []byte{wasm.OpMore, wasm.MoreMemoryInit, 0, 0})
	}
	long := []byte{} // a stretch without a loop or a call
	for range p.pick("stretch", 3) * 400 {
		long = append(long, join(getLocal(local), constant(3), []byte{0x6a}, setLocal(local))...)
	}
	return join(long, p.value(0), []byte{wasm.OpGlobalSet, 0})
}

// loop counts down from a small number.
func (p program) loop(loops int) []byte {
	if loops >= maxLoops {
		return nil
	}
	counter := uint32(firstLoop + loops)
	return join(constant(int32(p.pick("turns", 6)+1)), setLocal(counter),
		[]byte{wasm.OpLoop, wasm.BlockEmpty}, p.statements(loops+1),
		getLocal(counter), constant(1), []byte{0x6b}, wasm.AppendU32([]byte{wasm.OpLocalTee}, counter), []byte{0x0d, 0, wasm.OpEnd})
}

func (p program) address() []byte { return constant(int32(p.pick("address", 1000) * 4)) }

// value leaves an i32.
func (p program) value(depth int) []byte {
	if depth > 3 {
		return constant(int32(p.pick("constant", 100)))
	}
	switch p.pick("value", 9) {
	case 0:
		return getLocal(uint32(p.pick("local", locals)))
	case 1:
		return join(p.value(depth+1), p.value(depth+1), []byte{0x6a + byte(p.pick("operator", 3))}) // add, sub, mul
	case 2: // a division traps now and then
		return join(p.value(depth+1), p.value(depth+1), []byte{0x6e})
	case 3:
		return join(p.address(), []byte{0x28, 2, 0})
	case 4:
		return []byte{wasm.OpGlobalGet, 0}
	case 5: // one of those below, or the host
		return join(p.value(depth+1), wasm.AppendU32([]byte{wasm.OpCall}, uint32(p.pick("callee", p.functions+importCount))))
	case 6:
		if p.functions > 0 {
			return join(p.value(depth+1), constant(int32(p.pick("callee", p.functions))), []byte{0x11, 0, 0})
		}
	case 7:
		return join(constant(int32(p.pick("pages", 3))), []byte{wasm.OpMemoryGrow, 0})
	}
	return constant(int32(p.pick("constant", 1000) - 500))
}
