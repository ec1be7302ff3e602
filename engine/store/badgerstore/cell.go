package badgerstore

import "encoding/binary"

// cell is what a table or a log has under a key. Key and value are borrowed.
type cell struct {
	key     []byte // as Badger has it: with the version behind it
	flags   byte
	expires uint64 // Unix seconds; 0 = never
	value   []byte
}

// cells takes cells, of several tables at once.
type cells interface {
	wants(flags byte) bool
	take(cell)
}

// place is where a row lies in the value log. Badger writes it as it is in memory.
type place struct{ file, length, offset uint32 }

const placeLen = 3 * 4

func (c cell) place() (p place, ok bool) {
	if c.flags&isPointer == 0 || len(c.value) < placeLen {
		return place{}, false
	}
	n := binary.NativeEndian
	return place{file: n.Uint32(c.value), length: n.Uint32(c.value[4:]), offset: n.Uint32(c.value[8:])}, true
}

func (p place) end() int64 { return int64(p.offset) + int64(p.length) }

// blockCells reads a block of a table of Badger 4.9.6, without its checksum: entries, where each of them begins, and how many there are. An entry is
// two lengths, of what its key has in common with the first one of the block and of the rest of it, that rest, a byte of flags, one of the user's, the
// expiry, and the value.
func blockCells(block []byte, to cells) {
	n := binary.NativeEndian
	end := len(block) - 4
	count := int(binary.BigEndian.Uint32(block[end:]))
	starts, entries := block[end-4*count:end], block[:end-4*count]
	var first, key []byte
	for i := range count {
		from, end := int(n.Uint32(starts[4*i:])), len(entries)
		if i+1 < count {
			end = int(n.Uint32(starts[4*i+4:]))
		}
		entry := entries[from:end]
		common, rest := int(n.Uint16(entry)), 4+int(n.Uint16(entry[2:]))
		if i == 0 {
			first = entry[4:rest]
		}
		if flags := entry[rest]; to.wants(flags) {
			key = append(append(key[:0], first[:common]...), entry[4:rest]...)
			expires, n := binary.Uvarint(entry[rest+2:])
			to.take(cell{key: key, flags: flags, expires: expires, value: entry[rest+2+n:]})
		}
	}
}

// logCells reads what Badger takes from a log: all up to a place but the marks of transactions.
func logCells(content []byte, end int, key []byte, to cells) error {
	for at := logHeader; at < end; {
		h, flags := headAt(content, at), content[at]
		if flags&endsTxn == 0 && to.wants(flags) {
			text, err := clearText(content[at+h.len:at+h.len+h.keyLen+min(h.valueLen, placeLen)], key, content, at)
			if err != nil {
				return err
			}
			to.take(cell{key: text[:h.keyLen], flags: flags, expires: h.expires, value: text[h.keyLen:]})
		}
		at += h.whole()
	}
	return nil
}
