package meter

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
// that the compiler takes too long for. It returns what the module imports. The error is a *ShapeError.
func Check(wasm []byte) ([]Import, error) {
	m, err := parse(wasm)
	if err != nil {
		return nil, err
	}
	if m.has(sectionStart) {
		return nil, shapeError("it has a start section; put what must run first into the export _initialize")
	}
	imports, err := checkImports(m)
	if err != nil {
		return nil, err
	}
	for _, check := range []func(module) error{checkCounts, checkTables, checkMemories, checkExports, checkElements, checkBodies, checkData} {
		if err := check(m); err != nil {
			return nil, err
		}
	}
	return imports, nil
}

const kindFunc = 0

func checkImports(m module) ([]Import, error) {
	r := m.section(sectionImport)
	var imports []Import
	for n := r.count(); n > 0 && !r.bad; n-- {
		module, name, kind := r.name(), r.name(), r.byte()
		if r.bad {
			break
		}
		if kind != kindFunc {
			return nil, shapeError("it imports %q.%q, which is not a function; memory, tables and globals must be its own", module, name)
		}
		r.u32() // type
		imports = append(imports, Import{module, name})
	}
	return imports, end(r, sectionImport)
}

// checkCounts looks at the sections of which nothing else is wanted: whoever reads a module makes room for as many items as it says it has.
func checkCounts(m module) error {
	for _, id := range []byte{sectionType, sectionFunction, sectionGlobal} {
		if r := m.section(id); r.count() == 0 && r.bad {
			return shapeError("section %d is cut off or malformed", id)
		}
	}
	if r := m.section(sectionDataCount); r.u32() != m.section(sectionData).count() && m.has(sectionDataCount) {
		return shapeError("it has another number of data segments than it says")
	}
	return nil
}

func checkElements(m module) error {
	r := m.section(sectionElement)
	for n := r.count(); n > 0 && !r.bad; n-- {
		(&rewriter{}).element(nil, r)
	}
	return end(r, sectionElement)
}

// checkData walks the segments. Their flags: 1 = not put into memory at start, 2 = names a memory.
func checkData(m module) error {
	r := m.section(sectionData)
	for n := r.count(); n > 0 && !r.bad; n-- {
		flags := r.u32()
		if flags > 2 {
			r.bad = true
		}
		if flags == 2 {
			r.u32()
		}
		if flags != 1 {
			(&rewriter{}).expression(nil, r)
		}
		r.bytes(r.u32())
	}
	return end(r, sectionData)
}

func checkTables(m module) error {
	r := m.section(sectionTable)
	for n := r.count(); n > 0 && !r.bad; n-- {
		r.byte() // reference type
		flags := r.byte()
		if least := r.u32(); least > MaxTable {
			return shapeError("it has a table of %d entries, at most %d are allowed", least, MaxTable)
		}
		if flags&1 != 0 {
			r.u32()
		}
	}
	return end(r, sectionTable)
}

func checkMemories(m module) error {
	r := m.section(sectionMemory)
	n := r.count()
	if n > 1 {
		return shapeError("it has %d memories, one is allowed", n)
	}
	for ; n > 0 && !r.bad; n-- {
		flags := r.byte()
		if flags > 1 {
			return shapeError("its memory is shared or counted in 64 bits; a plain memory is allowed")
		}
		if r.u32(); flags == 1 {
			r.u32()
		}
	}
	return end(r, sectionMemory)
}

// checkExports keeps the name of the fuel free.
func checkExports(m module) error {
	r := m.section(sectionExport)
	for n := r.count(); n > 0 && !r.bad; n-- {
		if name := r.name(); name == FuelExport {
			return shapeError("it exports %q, a name that is the host's", name)
		}
		r.byte()
		r.u32()
	}
	return end(r, sectionExport)
}

func checkBodies(m module) error {
	r := m.section(sectionCode)
	n := r.count()
	for i := range n {
		size := r.u32()
		if size > MaxBody {
			return shapeError("function %d has a body of %d bytes, at most %d are allowed", i, size, MaxBody)
		}
		body := r.bytes(size)
		if r.bad {
			break
		}
		if err := checkBody(i, body); err != nil {
			return err
		}
	}
	return end(r, sectionCode)
}

func checkBody(fn uint32, body []byte) error {
	r := &reader{b: body}
	locals := uint64(0)
	for groups := r.count(); groups > 0 && !r.bad; groups-- {
		locals += uint64(r.u32())
		r.byte()
	}
	if locals > MaxLocals {
		return shapeError("function %d has %d locals, at most %d are allowed", fn, locals, MaxLocals)
	}
	depth, blocks := 0, 0
	for r.left() {
		i := next(r)
		switch {
		case i.op == opBlock, i.op == opLoop, i.op == opIf:
			depth++
			blocks++
		case i.op == opEnd:
			depth--
		case i.op == 0x26, i.op == opMore && i.more >= moreTableInit:
			return shapeError("function %d changes a table, which is not allowed", fn)
		}
		if depth > MaxNested {
			return shapeError("function %d nests more than %d blocks", fn, MaxNested)
		}
		if blocks > MaxBlocks {
			return shapeError("function %d has more than %d blocks", fn, MaxBlocks)
		}
	}
	if r.bad {
		return shapeError("function %d is cut off, or has an instruction that is not of WebAssembly 2.0", fn)
	}
	return nil
}
