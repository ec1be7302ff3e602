package meter

// Instructions that the rewriter looks at (WebAssembly Core Specification 2.0, section 5.4).
const (
	opBlock      = 0x02
	opLoop       = 0x03
	opIf         = 0x04
	opEnd        = 0x0b
	opCall       = 0x10
	opLocalGet   = 0x20
	opLocalTee   = 0x22
	opGlobalGet  = 0x23
	opGlobalSet  = 0x24
	opMemoryGrow = 0x40
	opI32Const   = 0x41
	opI64Const   = 0x42
	opI64LtS     = 0x53
	opI64Add     = 0x7c
	opI64Sub     = 0x7d
	opI64Mul     = 0x7e
	opI64And     = 0x83
	opI64ShrU    = 0x88
	opI64ExtendU = 0xad
	opRefFunc    = 0xd2
	opMore       = 0xfc
	opVector     = 0xfd

	moreMemoryInit = 8
	moreMemoryCopy = 10
	moreMemoryFill = 11
	moreTableInit  = 12
	moreElemDrop   = 13
	moreTableCopy  = 14

	blockEmpty = 0x40
	typeI32    = 0x7f
	typeI64    = 0x7e
	typeFunc   = 0x60
)

// instruction is one of a body, with its bytes.
type instruction struct {
	op   byte
	more uint32 // after opMore and opVector
	raw  []byte
	fn   uint32 // of opCall and opRefFunc
}

// next reads an instruction.
func next(r *reader) instruction {
	from := r.at
	i := instruction{op: r.byte()}
	switch i.op {
	case opCall, opRefFunc:
		i.fn = r.u32()
	case opMore:
		i.more = r.u32()
		passMore(r, i.more)
	case opVector:
		i.more = r.u32()
		passVector(r, i.more)
	default:
		pass(r, i.op)
	}
	if !r.bad {
		i.raw = r.b[from:r.at]
	}
	return i
}

// pass passes over the immediates of a plain instruction. Tail calls and whatever is not in WebAssembly 2.0 is not read.
func pass(r *reader, op byte) {
	switch {
	case op <= 0x01, op == 0x05, op == opEnd, op == 0x0f, op == 0x1a, op == 0x1b: // unreachable, nop, else, end, return, drop, select
	case op == opBlock, op == opLoop, op == opIf:
		r.signed()
	case op == 0x0c, op == 0x0d: // br, br_if
		r.u32()
	case op == 0x0e: // br_table
		for n := r.count(); !r.bad; n-- {
			if r.u32(); n == 0 {
				break
			}
		}
	case op == 0x11: // call_indirect
		r.u32()
		r.u32()
	case op == 0x1c: // select with types
		r.bytes(r.u32())
	case op >= opLocalGet && op <= 0x26: // locals, globals, table.get and table.set
		r.u32()
	case op >= 0x28 && op <= 0x3e: // loads and stores
		r.u32()
		r.u32()
	case op == 0x3f, op == opMemoryGrow:
		r.byte()
	case op == opI32Const, op == opI64Const:
		r.signed()
	case op == 0x43:
		r.bytes(4)
	case op == 0x44:
		r.bytes(8)
	case op >= 0x45 && op <= 0xc4: // numeric
	case op == 0xd0: // ref.null
		r.byte()
	case op == 0xd1: // ref.is_null
	default:
		r.bad = true
	}
}

func passMore(r *reader, more uint32) {
	switch {
	case more <= 7: // saturating conversions
	case more == moreMemoryInit, more == moreMemoryCopy, more == moreTableInit, more == moreTableCopy:
		r.u32()
		r.u32()
	case more == 9, more == moreMemoryFill, more >= moreElemDrop && more <= 17:
		r.u32()
	default:
		r.bad = true
	}
}

func passVector(r *reader, more uint32) {
	switch {
	case more <= 11, more == 92, more == 93: // loads and stores
		r.u32()
		r.u32()
	case more == 12, more == 13: // v128.const, i8x16.shuffle
		r.bytes(16)
	case more >= 21 && more <= 34: // lanes
		r.byte()
	case more >= 84 && more <= 91: // loads and stores of a lane
		r.u32()
		r.u32()
		r.byte()
	case more > 255: // 2.0 ends there
		r.bad = true
	}
}
