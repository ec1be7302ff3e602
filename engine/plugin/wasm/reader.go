package wasm

// Reader takes values of the binary format from the front of b. After a read beyond the end, or of a number that is too long, Bad is set
// and every read gives zero.
type Reader struct {
	B   []byte
	At  int // how far it is read
	Bad bool
}

// Left reports whether there is more.
func (r *Reader) Left() bool { return !r.Bad && r.At < len(r.B) }

// Bytes takes the next n; they are part of B.
func (r *Reader) Bytes(n uint32) []byte {
	if r.Bad || uint64(n) > uint64(len(r.B)-r.At) {
		r.Bad = true
		return nil
	}
	v := r.B[r.At : r.At+int(n)]
	r.At += int(n)
	return v
}

// Byte takes the next.
func (r *Reader) Byte() byte {
	if r.Bad || r.At >= len(r.B) {
		r.Bad = true
		return 0
	}
	r.At++
	return r.B[r.At-1]
}

// U32 reads an unsigned LEB128 of at most five bytes.
func (r *Reader) U32() uint32 {
	var v uint64
	for shift := 0; shift < 35; shift += 7 {
		b := r.Byte()
		v |= uint64(b&0x7f) << shift
		if b&0x80 == 0 {
			if v > 1<<32-1 {
				break
			}
			return uint32(v)
		}
	}
	r.Bad = true
	return 0
}

// Signed passes over a signed LEB128 of at most ten bytes. Its value is for the validator.
func (r *Reader) Signed() {
	for range 10 {
		if r.Byte()&0x80 == 0 {
			return
		}
	}
	r.Bad = true
}

// Count reads how many items follow. Each takes a byte at least: a number that cannot be is refused before anybody makes room for it.
func (r *Reader) Count() uint32 {
	n := r.U32()
	if uint64(n) > uint64(len(r.B)-r.At) {
		r.Bad = true
		return 0
	}
	return n
}

// Name takes a text.
func (r *Reader) Name() string { return string(r.Bytes(r.U32())) }
