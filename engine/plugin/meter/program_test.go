package meter

import (
	"pgregory.net/rapid"
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
	out := appendU32(nil, uint32(len(items)))
	for _, i := range items {
		out = append(out, i...)
	}
	return out
}

func sized(b []byte) []byte { return append(appendU32(nil, uint32(len(b))), b...) }

func join(parts ...[]byte) (out []byte) {
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func constant(v int32) []byte  { return appendSigned([]byte{opI32Const}, int64(v)) }
func getLocal(i uint32) []byte { return appendU32([]byte{opLocalGet}, i) }
func setLocal(i uint32) []byte { return appendU32([]byte{0x21}, i) }

// encode makes the module. Function 0 is an import, so that there is something to shift.
func encode(bodies ...[]byte) []byte {
	m := module{map[byte][]byte{}}
	m.sections[sectionType] = vector([]byte{typeFunc, 1, typeI32, 1, typeI32}, []byte{typeFunc, 0, 0})
	m.sections[sectionImport] = vector(append(appendName(appendName(nil, "host"), "seen"), kindFunc, 0))
	var kinds, codes, exports, table [][]byte
	for i, b := range bodies {
		kinds = append(kinds, []byte{0})
		code := join([]byte{1, locals - 1 + maxLoops, typeI32}, b, []byte{opEnd})
		codes = append(codes, sized(code))
		exports = append(exports, append(appendName(nil, string(rune('a'+i))), kindFunc, byte(importCount+i)))
		table = append(table, appendU32(nil, uint32(importCount+i)))
	}
	exports = append(exports, append(appendName(nil, "memory"), 2, 0), append(appendName(nil, "global"), 3, 0))
	m.sections[sectionFunction] = vector(kinds...)
	m.sections[sectionTable] = vector(append([]byte{0x70, 0}, byte(len(bodies))))
	m.sections[sectionMemory] = vector([]byte{1, 1, 3})
	m.sections[sectionGlobal] = vector([]byte{typeI32, 1, opI32Const, 7, opEnd})
	m.sections[sectionExport] = vector(exports...)
	m.sections[sectionElement] = vector(join([]byte{0, opI32Const, 0, opEnd}, vector(table...)))
	m.sections[sectionDataCount] = []byte{1}
	m.sections[sectionCode] = vector(codes...)
	m.sections[sectionData] = vector(join([]byte{1}, sized([]byte("passive data of a module"))))
	return m.encode()
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
		return join(p.value(0), []byte{opIf, blockEmpty}, p.statements(loops), []byte{0x05}, p.statements(loops), []byte{opEnd})
	case 4: // a block that is left early
		return join([]byte{opBlock, blockEmpty}, p.statements(loops), p.value(0), []byte{0x0d, 0}, p.statements(loops), []byte{opEnd})
	case 5:
		return p.loop(loops)
	case 6:
		return join(p.address(), p.value(0), constant(int32(p.pick("fill", 200))), []byte{opMore, moreMemoryFill, 0})
	case 7:
		return join(p.address(), p.address(), constant(int32(p.pick("copy", 200))), []byte{opMore, moreMemoryCopy, 0, 0})
	case 8:
		return join(p.address(), constant(int32(p.pick("from", 20))), constant(int32(p.pick("init", 8))), []byte{opMore, moreMemoryInit, 0, 0})
	}
	long := []byte{} // a stretch without a loop or a call
	for range p.pick("stretch", 3) * 400 {
		long = append(long, join(getLocal(local), constant(3), []byte{0x6a}, setLocal(local))...)
	}
	return join(long, p.value(0), []byte{opGlobalSet, 0})
}

// loop counts down from a small number.
func (p program) loop(loops int) []byte {
	if loops >= maxLoops {
		return nil
	}
	counter := uint32(firstLoop + loops)
	return join(constant(int32(p.pick("turns", 6)+1)), setLocal(counter),
		[]byte{opLoop, blockEmpty}, p.statements(loops+1),
		getLocal(counter), constant(1), []byte{0x6b}, appendU32([]byte{opLocalTee}, counter), []byte{0x0d, 0, opEnd})
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
		return []byte{opGlobalGet, 0}
	case 5: // one of those below, or the host
		return join(p.value(depth+1), appendU32([]byte{opCall}, uint32(p.pick("callee", p.functions+importCount))))
	case 6:
		if p.functions > 0 {
			return join(p.value(depth+1), constant(int32(p.pick("callee", p.functions))), []byte{0x11, 0, 0})
		}
	case 7:
		return join(constant(int32(p.pick("pages", 3))), []byte{opMemoryGrow, 0})
	}
	return constant(int32(p.pick("constant", 1000) - 500))
}
