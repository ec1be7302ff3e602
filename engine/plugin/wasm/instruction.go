package wasm

// Instructions that the rewriter looks at (WebAssembly Core Specification 2.0, section 5.4).
const (
	OpBlock      = 0x02
	OpLoop       = 0x03
	OpIf         = 0x04
	OpEnd        = 0x0b
	OpCall       = 0x10
	OpLocalGet   = 0x20
	OpLocalTee   = 0x22
	OpGlobalGet  = 0x23
	OpGlobalSet  = 0x24
	OpMemoryGrow = 0x40
	OpI32Const   = 0x41
	OpI64Const   = 0x42
	OpI64LtS     = 0x53
	OpI64Add     = 0x7c
	OpI64Sub     = 0x7d
	OpI64Mul     = 0x7e
	OpI64And     = 0x83
	OpI64ShrU    = 0x88
	OpI64ExtendU = 0xad
	OpRefFunc    = 0xd2
	OpMore       = 0xfc
	OpVector     = 0xfd

	MoreMemoryInit = 8
	MoreMemoryCopy = 10
	MoreMemoryFill = 11
	MoreTableInit  = 12
	MoreElemDrop   = 13
	MoreTableCopy  = 14

	BlockEmpty = 0x40
	TypeI32    = 0x7f
	TypeI64    = 0x7e
	TypeFunc   = 0x60
)

// Instruction is one of a body, with its bytes.
type Instruction struct {
	Op   byte
	More uint32 // after OpMore and OpVector
	Raw  []byte // all of it
	Fn   uint32 // of OpCall and OpRefFunc
}

// Next reads an instruction.
func Next(r *Reader) Instruction {
	from := r.At
	i := Instruction{Op: r.Byte()}
	switch i.Op {
	case OpCall, OpRefFunc:
		i.Fn = r.U32()
	case OpMore:
		i.More = r.U32()
		passMore(r, i.More)
	case OpVector:
		i.More = r.U32()
		passVector(r, i.More)
	default:
		pass(r, i.Op)
	}
	if !r.Bad {
		i.Raw = r.B[from:r.At]
	}
	return i
}

// pass passes over the immediates of a plain instruction. Tail calls and whatever is not in WebAssembly 2.0 is not read.
func pass(r *Reader, op byte) {
	switch {
	case op <= 0x01, op == 0x05, op == OpEnd, op == 0x0f, op == 0x1a, op == 0x1b: // unreachable, nop, else, end, return, drop, select
	case op == OpBlock, op == OpLoop, op == OpIf:
		r.Signed()
	case op == 0x0c, op == 0x0d: // br, br_if
		r.U32()
	case op == 0x0e: // br_table
		for n := r.Count(); !r.Bad; n-- {
			if r.U32(); n == 0 {
				break
			}
		}
	case op == 0x11: // call_indirect
		r.U32()
		r.U32()
	case op == 0x1c: // select with types
		r.Bytes(r.U32())
	case op >= OpLocalGet && op <= 0x26: // locals, globals, table.get and table.set
		r.U32()
	case op >= 0x28 && op <= 0x3e: // loads and stores
		r.U32()
		r.U32()
	case op == 0x3f, op == OpMemoryGrow:
		r.Byte()
	case op == OpI32Const, op == OpI64Const:
		r.Signed()
	case op == 0x43:
		r.Bytes(4)
	case op == 0x44:
		r.Bytes(8)
	case op >= 0x45 && op <= 0xc4: // numeric
	case op == 0xd0: // ref.null
		r.Byte()
	case op == 0xd1: // ref.is_null
	default:
		r.Bad = true
	}
}

func passMore(r *Reader, more uint32) {
	switch {
	case more <= 7: // saturating conversions
	case more == MoreMemoryInit, more == MoreMemoryCopy, more == MoreTableInit, more == MoreTableCopy:
		r.U32()
		r.U32()
	case more == 9, more == MoreMemoryFill, more >= MoreElemDrop && more <= 17:
		r.U32()
	default:
		r.Bad = true
	}
}

func passVector(r *Reader, more uint32) {
	switch {
	case more <= 11, more == 92, more == 93: // loads and stores
		r.U32()
		r.U32()
	case more == 12, more == 13: // v128.const, i8x16.shuffle
		r.Bytes(16)
	case more >= 21 && more <= 34: // lanes
		r.Byte()
	case more >= 84 && more <= 91: // loads and stores of a lane
		r.U32()
		r.U32()
		r.Byte()
	case more > 255: // 2.0 ends there
		r.Bad = true
	}
}
