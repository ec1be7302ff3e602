package meter

// What a rewritten module has besides its own.
const (
	// FuelExport names the global (a mutable i64) with the fuel that is left. It is 0 at first, so that the host is asked before anything runs.
	FuelExport = "pollwright_fuel"
	// TickModule and TickName name the import that is called when the fuel is below zero. It gets what is left, (i64) -> i64, and returns
	// what there is from then on. It may end the call instead.
	TickModule = "pollwright"
	TickName   = "tick"
)

// What is charged. One unit is about as much as the shortest loop does, and at most Stretch instructions.
const (
	Stretch   = 512    // instructions in a row for which one unit is charged
	BulkShift = 5      // 2^5 bytes of memory.copy, fill and init cost a unit
	GrowBase  = 20_000 // of memory.grow, and PagesCost for each page that is asked for
	PageCost  = 64 << 10 >> BulkShift
)

// Rewrite gives the metered module. wasm must be valid, and have passed Check; anything else is an error or gives a module that does not
// validate. Same bytes, same result.
func Rewrite(wasm []byte) ([]byte, error) {
	m, err := parse(wasm)
	if err != nil {
		return nil, err
	}
	w := &rewriter{module: m, out: map[byte][]byte{}}
	for id, body := range m.sections {
		w.out[id] = body
	}
	for _, step := range []func() error{w.types, w.imports, w.globals, w.exports, w.elements, w.bodies} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return module{w.out}.encode(), nil
}

// rewriter makes the sections anew that name functions, or that get something added.
type rewriter struct {
	module   module
	out      map[byte][]byte
	tickType uint32   // index of its type
	tick     uint32   // index of the function; those from here on are one further than they were
	fuel     uint32   // index of the global
	params   []uint32 // of each type
}

// shift gives the new index of a function.
func (w *rewriter) shift(fn uint32) uint32 {
	if fn >= w.tick {
		return fn + 1
	}
	return fn
}

// types adds that of tick.
func (w *rewriter) types() error {
	r := w.module.section(sectionType)
	n := r.count()
	from := r.at
	for i := uint32(0); i < n && !r.bad; i++ {
		if r.byte() != typeFunc {
			return shapeError("type %d is not that of a function", i)
		}
		params := r.count()
		r.bytes(params)
		r.bytes(r.u32())
		w.params = append(w.params, params)
	}
	if err := end(r, sectionType); err != nil {
		return err
	}
	w.tickType = n
	body := append(appendU32(nil, n+1), r.b[from:]...)
	w.out[sectionType] = append(body, typeFunc, 1, typeI64, 1, typeI64)
	return nil
}

// imports adds tick behind the other imports: the functions of the module itself move on by one.
func (w *rewriter) imports() error {
	r := w.module.section(sectionImport)
	n := r.count()
	from := r.at
	for i := uint32(0); i < n && !r.bad; i++ {
		r.name()
		r.name()
		if r.byte() != kindFunc {
			return shapeError("import %d is not a function", i)
		}
		r.u32()
	}
	if err := end(r, sectionImport); err != nil {
		return err
	}
	w.tick = n
	body := append(appendU32(nil, n+1), r.b[from:]...)
	body = appendName(appendName(body, TickModule), TickName)
	w.out[sectionImport] = appendU32(append(body, kindFunc), w.tickType)
	return nil
}

// globals adds the fuel behind the others. What they begin with may name functions.
func (w *rewriter) globals() error {
	r := w.module.section(sectionGlobal)
	n := r.count()
	body := appendU32(nil, n+1)
	for i := uint32(0); i < n && !r.bad; i++ {
		body = append(body, r.bytes(2)...) // type, mutability
		body = w.expression(body, r)
	}
	if err := end(r, sectionGlobal); err != nil {
		return err
	}
	w.fuel = n
	w.out[sectionGlobal] = append(body, typeI64, 1, opI64Const, 0, opEnd)
	return nil
}

// expression copies a constant expression to its end.
func (w *rewriter) expression(out []byte, r *reader) []byte {
	for r.left() {
		i := next(r)
		out = w.instruction(out, i)
		if i.op == opEnd {
			return out
		}
	}
	r.bad = true
	return out
}

// instruction copies one, with the new index of what it calls.
func (w *rewriter) instruction(out []byte, i instruction) []byte {
	if i.op == opCall || i.op == opRefFunc {
		return appendU32(append(out, i.op), w.shift(i.fn))
	}
	return append(out, i.raw...)
}

func (w *rewriter) exports() error {
	r := w.module.section(sectionExport)
	n := r.count()
	body := appendU32(nil, n+1)
	for i := uint32(0); i < n && !r.bad; i++ {
		body = appendName(body, r.name())
		kind, index := r.byte(), r.u32()
		if kind == kindFunc {
			index = w.shift(index)
		}
		body = appendU32(append(body, kind), index)
	}
	const kindGlobal = 3
	w.out[sectionExport] = appendU32(append(appendName(body, FuelExport), kindGlobal), w.fuel)
	return end(r, sectionExport)
}

// elements: what tables are filled with are functions.
func (w *rewriter) elements() error {
	if !w.module.has(sectionElement) {
		return nil
	}
	r := w.module.section(sectionElement)
	n := r.count()
	body := appendU32(nil, n)
	for i := uint32(0); i < n && !r.bad; i++ {
		body = w.element(body, r)
	}
	w.out[sectionElement] = body
	return end(r, sectionElement)
}

// element copies a segment. Its flags: 1 = not put into a table at start, 2 = names a table (or, with 1, is only declared), 4 = lists
// expressions in place of indices.
func (w *rewriter) element(out []byte, r *reader) []byte {
	flags := r.u32()
	if flags > 7 {
		r.bad = true
		return out
	}
	out = appendU32(out, flags)
	active, explicit := flags&1 == 0, flags&2 != 0
	if active && explicit {
		out = appendU32(out, r.u32()) // table
	}
	if active {
		out = w.expression(out, r)
	}
	if !active || explicit {
		out = append(out, r.byte()) // kind or type of what is listed
	}
	n := r.count()
	out = appendU32(out, n)
	for ; n > 0 && !r.bad; n-- {
		if flags&4 != 0 {
			out = w.expression(out, r)
		} else {
			out = appendU32(out, w.shift(r.u32()))
		}
	}
	return out
}
