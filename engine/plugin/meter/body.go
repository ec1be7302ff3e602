package meter

import "github.com/pollwright/pollwright/engine/plugin/wasm"

// bodies has the functions spend fuel.
func (w *rewriter) bodies() error {
	r, types := w.module.Section(wasm.SectionCode), w.module.Section(wasm.SectionFunction)
	n := r.Count()
	if types.Count() != n {
		return wasm.Fault("it declares another number of functions than it has")
	}
	out := wasm.AppendU32(nil, n)
	var body []byte
	for range n {
		kind := types.U32()
		from := r.Bytes(r.U32())
		if r.Bad || types.Bad || uint64(kind) >= uint64(len(w.params)) {
			break
		}
		var err error
		if body, err = w.body(body[:0], from, w.params[kind]); err != nil {
			return err
		}
		out = append(wasm.AppendU32(out, uint32(len(body))), body...)
	}
	if n > 0 {
		w.out[wasm.SectionCode] = out
	}
	if types.Bad || types.At != len(types.B) {
		return wasm.Fault("section %d is cut off or malformed", wasm.SectionFunction)
	}
	return wasm.End(r, wasm.SectionCode)
}

// body copies a function. It gets a local more, for lengths that are charged.
func (w *rewriter) body(out, from []byte, params uint32) ([]byte, error) {
	r := &wasm.Reader{B: from}
	groups := r.Count()
	begin := r.At
	scratch := uint64(params)
	for i := uint32(0); i < groups && !r.Bad; i++ {
		scratch += uint64(r.U32())
		r.Byte()
	}
	if r.Bad || scratch >= 1<<32-1 {
		return nil, wasm.Fault("a function's locals are cut off or too many")
	}
	out = append(wasm.AppendU32(out, groups+1), from[begin:r.At]...)
	out = append(out, 1, wasm.TypeI32)
	f := &function{rewriter: w, scratch: uint32(scratch)}
	out = f.spend(out)
	for r.Left() {
		out = f.copy(out, wasm.Next(r))
	}
	if r.Bad {
		return nil, wasm.Fault("a function is cut off, or has an instruction that is not of WebAssembly 2.0")
	}
	return out, nil
}

// function is a body on its way.
type function struct {
	*rewriter
	scratch uint32 // index of the local
	stretch int    // instructions since fuel was spent last
}

// copy puts an instruction behind out, with what it costs.
func (f *function) copy(out []byte, i wasm.Instruction) []byte {
	switch {
	case i.Op == wasm.OpMemoryGrow:
		out = f.charge(out, 0xffff, PageCost, GrowBase)
	case i.Op == wasm.OpMore && (i.More == wasm.MoreMemoryInit || i.More == wasm.MoreMemoryCopy || i.More == wasm.MoreMemoryFill):
		out = f.chargeLength(out)
	case f.stretch >= Stretch:
		out = f.spend(out)
	}
	out = f.instruction(out, i)
	if f.stretch++; i.Op == wasm.OpLoop {
		out = f.spend(out)
	}
	return out
}

// spend takes one unit:
//
//	fuel = fuel - 1; if fuel < 0 { fuel = tick(fuel) }
func (f *function) spend(out []byte) []byte {
	f.stretch = 0
	out = wasm.AppendU32(append(out, wasm.OpGlobalGet), f.fuel)
	out = append(out, wasm.OpI64Const, 1, wasm.OpI64Sub, wasm.OpGlobalSet)
	out = wasm.AppendU32(out, f.fuel)
	return f.ask(out)
}

// ask calls the host if the fuel is gone.
func (f *function) ask(out []byte) []byte {
	out = wasm.AppendU32(append(out, wasm.OpGlobalGet), f.fuel)
	out = append(out, wasm.OpI64Const, 0, wasm.OpI64LtS, wasm.OpIf, wasm.BlockEmpty, wasm.OpGlobalGet)
	out = wasm.AppendU32(out, f.fuel)
	out = wasm.AppendU32(append(out, wasm.OpCall), f.tick)
	out = wasm.AppendU32(append(out, wasm.OpGlobalSet), f.fuel)
	return append(out, wasm.OpEnd)
}

// chargeLength takes a unit for 2^BulkShift bytes of the length that lies on the stack:
//
//	scratch = length; fuel = fuel - (length >> BulkShift); ...; length again
func (f *function) chargeLength(out []byte) []byte {
	out = wasm.AppendU32(append(out, wasm.OpLocalTee), f.scratch)
	out = append(out, wasm.OpI64ExtendU, wasm.OpI64Const, BulkShift, wasm.OpI64ShrU)
	return f.take(out)
}

// charge takes base, and each for every one of the number on the stack, of which the bits of mask count: a wish that is never granted
// must not cost more than what could be.
func (f *function) charge(out []byte, mask, each, base int64) []byte {
	out = wasm.AppendU32(append(out, wasm.OpLocalTee), f.scratch)
	out = wasm.AppendSigned(append(out, wasm.OpI64ExtendU, wasm.OpI64Const), mask)
	out = wasm.AppendSigned(append(out, wasm.OpI64And, wasm.OpI64Const), each)
	out = wasm.AppendSigned(append(out, wasm.OpI64Mul, wasm.OpI64Const), base)
	return f.take(append(out, wasm.OpI64Add))
}

// take subtracts the i64 on the stack from the fuel, and puts the scratch there.
func (f *function) take(out []byte) []byte {
	out = wasm.AppendSigned(append(out, wasm.OpI64Const), -1)
	out = wasm.AppendU32(append(out, wasm.OpI64Mul, wasm.OpGlobalGet), f.fuel)
	out = wasm.AppendU32(append(out, wasm.OpI64Add, wasm.OpGlobalSet), f.fuel)
	f.stretch = 0
	out = f.ask(out)
	return wasm.AppendU32(append(out, wasm.OpLocalGet), f.scratch)
}
