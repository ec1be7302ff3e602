package meter

import "github.com/pollwright/pollwright/engine/plugin/wasm"

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
	GrowBase  = 20_000 // of memory.grow, and PageCost for each page that is asked for
	PageCost  = 64 << 10 >> BulkShift
)

// Rewrite gives the metered module. file must be valid, and have passed Check; anything else is an error or gives a module that does not
// validate. Same bytes, same result.
func Rewrite(file []byte) ([]byte, error) {
	m, err := wasm.Parse(file)
	if err != nil {
		return nil, err
	}
	w := &rewriter{module: m, out: map[byte][]byte{}}
	for id, body := range m.Sections {
		w.out[id] = body
	}
	for _, step := range []func() error{w.types, w.imports, w.globals, w.exports, w.elements, w.bodies} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return wasm.Module{Sections: w.out}.Encode(), nil
}

// rewriter makes the sections anew that name functions, or that get something added.
type rewriter struct {
	module   wasm.Module
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
	r := w.module.Section(wasm.SectionType)
	n := r.Count()
	from := r.At
	for i := uint32(0); i < n && !r.Bad; i++ {
		if r.Byte() != wasm.TypeFunc {
			return wasm.Fault("type %d is not that of a function", i)
		}
		params := r.Count()
		r.Bytes(params)
		r.Bytes(r.U32())
		w.params = append(w.params, params)
	}
	if err := wasm.End(r, wasm.SectionType); err != nil {
		return err
	}
	w.tickType = n
	body := append(wasm.AppendU32(nil, n+1), r.B[from:]...)
	w.out[wasm.SectionType] = append(body, wasm.TypeFunc, 1, wasm.TypeI64, 1, wasm.TypeI64)
	return nil
}

// imports adds tick behind the other imports: the functions of the module itself move on by one.
func (w *rewriter) imports() error {
	r := w.module.Section(wasm.SectionImport)
	n := r.Count()
	from := r.At
	for i := uint32(0); i < n && !r.Bad; i++ {
		r.Name()
		r.Name()
		if r.Byte() != kindFunc {
			return wasm.Fault("import %d is not a function", i)
		}
		r.U32()
	}
	if err := wasm.End(r, wasm.SectionImport); err != nil {
		return err
	}
	w.tick = n
	body := append(wasm.AppendU32(nil, n+1), r.B[from:]...)
	body = wasm.AppendName(wasm.AppendName(body, TickModule), TickName)
	w.out[wasm.SectionImport] = wasm.AppendU32(append(body, kindFunc), w.tickType)
	return nil
}

// globals adds the fuel behind the others. What they begin with may name functions.
func (w *rewriter) globals() error {
	r := w.module.Section(wasm.SectionGlobal)
	n := r.Count()
	body := wasm.AppendU32(nil, n+1)
	for i := uint32(0); i < n && !r.Bad; i++ {
		body = append(body, r.Bytes(2)...) // type, mutability
		body = w.expression(body, r)
	}
	if err := wasm.End(r, wasm.SectionGlobal); err != nil {
		return err
	}
	w.fuel = n
	w.out[wasm.SectionGlobal] = append(body, wasm.TypeI64, 1, wasm.OpI64Const, 0, wasm.OpEnd)
	return nil
}

// expression copies a constant expression to its end.
func (w *rewriter) expression(out []byte, r *wasm.Reader) []byte {
	for r.Left() {
		i := wasm.Next(r)
		out = w.instruction(out, i)
		if i.Op == wasm.OpEnd {
			return out
		}
	}
	r.Bad = true
	return out
}

// instruction copies one, with the new index of what it calls.
func (w *rewriter) instruction(out []byte, i wasm.Instruction) []byte {
	if i.Op == wasm.OpCall || i.Op == wasm.OpRefFunc {
		return wasm.AppendU32(append(out, i.Op), w.shift(i.Fn))
	}
	return append(out, i.Raw...)
}

func (w *rewriter) exports() error {
	r := w.module.Section(wasm.SectionExport)
	n := r.Count()
	body := wasm.AppendU32(nil, n+1)
	for i := uint32(0); i < n && !r.Bad; i++ {
		body = wasm.AppendName(body, r.Name())
		kind, index := r.Byte(), r.U32()
		if kind == kindFunc {
			index = w.shift(index)
		}
		body = wasm.AppendU32(append(body, kind), index)
	}
	const kindGlobal = 3
	w.out[wasm.SectionExport] = wasm.AppendU32(append(wasm.AppendName(body, FuelExport), kindGlobal), w.fuel)
	return wasm.End(r, wasm.SectionExport)
}

// elements: what tables are filled with are functions.
func (w *rewriter) elements() error {
	if !w.module.Has(wasm.SectionElement) {
		return nil
	}
	r := w.module.Section(wasm.SectionElement)
	n := r.Count()
	body := wasm.AppendU32(nil, n)
	for i := uint32(0); i < n && !r.Bad; i++ {
		body = w.element(body, r)
	}
	w.out[wasm.SectionElement] = body
	return wasm.End(r, wasm.SectionElement)
}

// element copies a segment. Its flags: 1 = not put into a table at start, 2 = names a table (or, with 1, is only declared), 4 = lists
// expressions in place of indices.
func (w *rewriter) element(out []byte, r *wasm.Reader) []byte {
	flags := r.U32()
	if flags > 7 {
		r.Bad = true
		return out
	}
	out = wasm.AppendU32(out, flags)
	active, explicit := flags&1 == 0, flags&2 != 0
	if active && explicit {
		out = wasm.AppendU32(out, r.U32()) // table
	}
	if active {
		out = w.expression(out, r)
	}
	if !active || explicit {
		out = append(out, r.Byte()) // kind or type of what is listed
	}
	n := r.Count()
	out = wasm.AppendU32(out, n)
	for ; n > 0 && !r.Bad; n-- {
		if flags&4 != 0 {
			out = w.expression(out, r)
		} else {
			out = wasm.AppendU32(out, w.shift(r.U32()))
		}
	}
	return out
}
