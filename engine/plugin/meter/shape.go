package meter

import "github.com/pollwright/pollwright/engine/plugin/wasm"

// Limits on the shape of a module. What the Go, clang and AssemblyScript compilers make stays far below them: bodies up to 54 KB, 549 deep,
// 1,176 blocks. The machine code compiler's time grows faster than these.
const (
	MaxBody   = 256 << 10 // bytes of one function
	MaxNested = 2_000     // blocks within blocks
	MaxBlocks = 5_000     // blocks of one function
	MaxTable  = 1 << 20   // entries of a table at start: host memory that no memory limit counts
	MaxLocals = 50_000    // of one function
)

// Import is a function that a module wants from the host.
type Import struct{ Module, Name string }

// Check refuses a module for what a validator accepts and this host does not: imports other than functions, a start section (it would run
// before any limit is set), more than one memory or a shared one, instructions that make tables grow or move, and functions of a shape
// that the compiler takes too long for. It returns what the module imports. The error is a *wasm.FormatError.
func Check(file []byte) ([]Import, error) {
	m, err := wasm.Parse(file)
	if err != nil {
		return nil, err
	}
	if m.Has(wasm.SectionStart) {
		return nil, wasm.Fault("it has a start section; put what must run first into the export _initialize")
	}
	imports, err := checkImports(m)
	if err != nil {
		return nil, err
	}
	for _, check := range []func(wasm.Module) error{checkCounts, checkTables, checkMemories, checkExports, checkElements, checkBodies, checkData} {
		if err := check(m); err != nil {
			return nil, err
		}
	}
	return imports, nil
}

const kindFunc = 0

func checkImports(m wasm.Module) ([]Import, error) {
	r := m.Section(wasm.SectionImport)
	var imports []Import
	for n := r.Count(); n > 0 && !r.Bad; n-- {
		module, name, kind := r.Name(), r.Name(), r.Byte()
		if r.Bad {
			break
		}
		if kind != kindFunc {
			return nil, wasm.Fault("it imports %q.%q, which is not a function; memory, tables and globals must be its own", module, name)
		}
		r.U32() // type
		imports = append(imports, Import{module, name})
	}
	return imports, wasm.End(r, wasm.SectionImport)
}

// checkCounts looks at the sections of which nothing else is wanted: whoever reads a module makes room for as many items as it says it has.
func checkCounts(m wasm.Module) error {
	for _, id := range []byte{wasm.SectionType, wasm.SectionFunction, wasm.SectionGlobal} {
		if r := m.Section(id); r.Count() == 0 && r.Bad {
			return wasm.Fault("section %d is cut off or malformed", id)
		}
	}
	if r := m.Section(wasm.SectionDataCount); r.U32() != m.Section(wasm.SectionData).Count() && m.Has(wasm.SectionDataCount) {
		return wasm.Fault("it has another number of data segments than it says")
	}
	return nil
}

func checkElements(m wasm.Module) error {
	r := m.Section(wasm.SectionElement)
	for n := r.Count(); n > 0 && !r.Bad; n-- {
		(&rewriter{}).element(nil, r)
	}
	return wasm.End(r, wasm.SectionElement)
}

// checkData walks the segments. Their flags: 1 = not put into memory at start, 2 = names a memory.
func checkData(m wasm.Module) error {
	r := m.Section(wasm.SectionData)
	for n := r.Count(); n > 0 && !r.Bad; n-- {
		flags := r.U32()
		if flags > 2 {
			r.Bad = true
		}
		if flags == 2 {
			r.U32()
		}
		if flags != 1 {
			(&rewriter{}).expression(nil, r)
		}
		r.Bytes(r.U32())
	}
	return wasm.End(r, wasm.SectionData)
}

func checkTables(m wasm.Module) error {
	r := m.Section(wasm.SectionTable)
	for n := r.Count(); n > 0 && !r.Bad; n-- {
		r.Byte() // reference type
		flags := r.Byte()
		if least := r.U32(); least > MaxTable {
			return wasm.Fault("it has a table of %d entries, at most %d are allowed", least, MaxTable)
		}
		if flags&1 != 0 {
			r.U32()
		}
	}
	return wasm.End(r, wasm.SectionTable)
}

func checkMemories(m wasm.Module) error {
	r := m.Section(wasm.SectionMemory)
	n := r.Count()
	if n > 1 {
		return wasm.Fault("it has %d memories, one is allowed", n)
	}
	for ; n > 0 && !r.Bad; n-- {
		flags := r.Byte()
		if flags > 1 {
			return wasm.Fault("its memory is shared or counted in 64 bits; a plain memory is allowed")
		}
		if r.U32(); flags == 1 {
			r.U32()
		}
	}
	return wasm.End(r, wasm.SectionMemory)
}

// checkExports keeps the name of the fuel free.
func checkExports(m wasm.Module) error {
	r := m.Section(wasm.SectionExport)
	for n := r.Count(); n > 0 && !r.Bad; n-- {
		if name := r.Name(); name == FuelExport {
			return wasm.Fault("it exports %q, a name that is the host's", name)
		}
		r.Byte()
		r.U32()
	}
	return wasm.End(r, wasm.SectionExport)
}

func checkBodies(m wasm.Module) error {
	r := m.Section(wasm.SectionCode)
	n := r.Count()
	for i := range n {
		size := r.U32()
		if size > MaxBody {
			return wasm.Fault("function %d has a body of %d bytes, at most %d are allowed", i, size, MaxBody)
		}
		body := r.Bytes(size)
		if r.Bad {
			break
		}
		if err := checkBody(i, body); err != nil {
			return err
		}
	}
	return wasm.End(r, wasm.SectionCode)
}

func checkBody(fn uint32, body []byte) error {
	r := &wasm.Reader{B: body}
	locals := uint64(0)
	for groups := r.Count(); groups > 0 && !r.Bad; groups-- {
		locals += uint64(r.U32())
		r.Byte()
	}
	if locals > MaxLocals {
		return wasm.Fault("function %d has %d locals, at most %d are allowed", fn, locals, MaxLocals)
	}
	depth, blocks := 0, 0
	for r.Left() {
		i := wasm.Next(r)
		switch {
		case i.Op == wasm.OpBlock, i.Op == wasm.OpLoop, i.Op == wasm.OpIf:
			depth++
			blocks++
		case i.Op == wasm.OpEnd:
			depth--
		case i.Op == 0x26, i.Op == wasm.OpMore && i.More >= wasm.MoreTableInit:
			return wasm.Fault("function %d changes a table, which is not allowed", fn)
		}
		if depth > MaxNested {
			return wasm.Fault("function %d nests more than %d blocks", fn, MaxNested)
		}
		if blocks > MaxBlocks {
			return wasm.Fault("function %d has more than %d blocks", fn, MaxBlocks)
		}
	}
	if r.Bad {
		return wasm.Fault("function %d is cut off, or has an instruction that is not of WebAssembly 2.0", fn)
	}
	return nil
}
