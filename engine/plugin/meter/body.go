package meter

// bodies has the functions spend fuel.
func (w *rewriter) bodies() error {
	r, types := w.module.section(sectionCode), w.module.section(sectionFunction)
	n := r.count()
	if types.count() != n {
		return shapeError("it declares another number of functions than it has")
	}
	out := appendU32(nil, n)
	var body []byte
	for range n {
		kind := types.u32()
		from := r.bytes(r.u32())
		if r.bad || types.bad || uint64(kind) >= uint64(len(w.params)) {
			break
		}
		var err error
		if body, err = w.body(body[:0], from, w.params[kind]); err != nil {
			return err
		}
		out = append(appendU32(out, uint32(len(body))), body...)
	}
	if n > 0 {
		w.out[sectionCode] = out
	}
	if types.bad || types.at != len(types.b) {
		return shapeError("section %d is cut off or malformed", sectionFunction)
	}
	return end(r, sectionCode)
}

// body copies a function. It gets a local more, for lengths that are charged.
func (w *rewriter) body(out, from []byte, params uint32) ([]byte, error) {
	r := &reader{b: from}
	groups := r.count()
	begin := r.at
	scratch := uint64(params)
	for i := uint32(0); i < groups && !r.bad; i++ {
		scratch += uint64(r.u32())
		r.byte()
	}
	if r.bad || scratch >= 1<<32-1 {
		return nil, shapeError("a function's locals are cut off or too many")
	}
	out = append(appendU32(out, groups+1), from[begin:r.at]...)
	out = append(out, 1, typeI32)
	f := &function{rewriter: w, scratch: uint32(scratch)}
	out = f.spend(out)
	for r.left() {
		out = f.copy(out, next(r))
	}
	if r.bad {
		return nil, shapeError("a function is cut off, or has an instruction that is not of WebAssembly 2.0")
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
func (f *function) copy(out []byte, i instruction) []byte {
	switch {
	case i.op == opMemoryGrow:
		out = f.charge(out, 0xffff, PageCost, GrowBase)
	case i.op == opMore && (i.more == moreMemoryInit || i.more == moreMemoryCopy || i.more == moreMemoryFill):
		out = f.chargeLength(out)
	case f.stretch >= Stretch:
		out = f.spend(out)
	}
	out = f.instruction(out, i)
	if f.stretch++; i.op == opLoop {
		out = f.spend(out)
	}
	return out
}

// spend takes one unit:
//
//	fuel = fuel - 1; if fuel < 0 { fuel = tick(fuel) }
func (f *function) spend(out []byte) []byte {
	f.stretch = 0
	out = appendU32(append(out, opGlobalGet), f.fuel)
	out = append(out, opI64Const, 1, opI64Sub, opGlobalSet)
	out = appendU32(out, f.fuel)
	return f.ask(out)
}

// ask calls the host if the fuel is gone.
func (f *function) ask(out []byte) []byte {
	out = appendU32(append(out, opGlobalGet), f.fuel)
	out = append(out, opI64Const, 0, opI64LtS, opIf, blockEmpty, opGlobalGet)
	out = appendU32(out, f.fuel)
	out = appendU32(append(out, opCall), f.tick)
	out = appendU32(append(out, opGlobalSet), f.fuel)
	return append(out, opEnd)
}

// chargeLength takes a unit for 2^BulkShift bytes of the length that lies on the stack:
//
//	scratch = length; fuel = fuel - (length >> BulkShift); ...; length again
func (f *function) chargeLength(out []byte) []byte {
	out = appendU32(append(out, opLocalTee), f.scratch)
	out = append(out, opI64ExtendU, opI64Const, BulkShift, opI64ShrU)
	return f.take(out)
}

// charge takes base, and each for every one of the number on the stack, of which the bits of mask count: a wish that is never granted
// must not cost more than what could be.
func (f *function) charge(out []byte, mask, each, base int64) []byte {
	out = appendU32(append(out, opLocalTee), f.scratch)
	out = appendSigned(append(out, opI64ExtendU, opI64Const), mask)
	out = appendSigned(append(out, opI64And, opI64Const), each)
	out = appendSigned(append(out, opI64Mul, opI64Const), base)
	return f.take(append(out, opI64Add))
}

// take subtracts the i64 on the stack from the fuel, and puts the scratch there.
func (f *function) take(out []byte) []byte {
	out = appendSigned(append(out, opI64Const), -1)
	out = appendU32(append(out, opI64Mul, opGlobalGet), f.fuel)
	out = appendU32(append(out, opI64Add, opGlobalSet), f.fuel)
	f.stretch = 0
	out = f.ask(out)
	return appendU32(append(out, opLocalGet), f.scratch)
}
