package meter

// reader takes values of the binary format from the front of b. After a read beyond the end, or of a number that is too long, bad is set
// and every read gives zero.
type reader struct {
	b   []byte
	at  int
	bad bool
}

func (r *reader) left() bool { return !r.bad && r.at < len(r.b) }

func (r *reader) bytes(n uint32) []byte {
	if r.bad || uint64(n) > uint64(len(r.b)-r.at) {
		r.bad = true
		return nil
	}
	v := r.b[r.at : r.at+int(n)]
	r.at += int(n)
	return v
}

func (r *reader) byte() byte {
	if r.bad || r.at >= len(r.b) {
		r.bad = true
		return 0
	}
	r.at++
	return r.b[r.at-1]
}

// u32 reads an unsigned LEB128 of at most five bytes.
func (r *reader) u32() uint32 {
	var v uint64
	for shift := 0; shift < 35; shift += 7 {
		b := r.byte()
		v |= uint64(b&0x7f) << shift
		if b&0x80 == 0 {
			if v > 1<<32-1 {
				break
			}
			return uint32(v)
		}
	}
	r.bad = true
	return 0
}

// signed passes over a signed LEB128 of at most ten bytes. Its value is for the validator.
func (r *reader) signed() {
	for range 10 {
		if r.byte()&0x80 == 0 {
			return
		}
	}
	r.bad = true
}

// count reads how many items follow. Each takes a byte at least: a number that cannot be is refused before anybody makes room for it.
func (r *reader) count() uint32 {
	n := r.u32()
	if uint64(n) > uint64(len(r.b)-r.at) {
		r.bad = true
		return 0
	}
	return n
}

func (r *reader) name() string { return string(r.bytes(r.u32())) }
