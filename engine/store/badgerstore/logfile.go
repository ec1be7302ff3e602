package badgerstore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strconv"

	"github.com/dgraph-io/badger/v4/y"
)

// What a log file of Badger 4.9.6 is made of: a header, then entries, then zeros. An entry is a byte of flags, one of the user's, three varints
// (length of key, length of value, expiry), key, value, and the CRC-32C of all that, of encrypted bytes where the folder is. The entries of a
// transaction are followed by one whose key is of a fixed length and whose value is a number. A row that Badger moves out of a file of the value log
// that it removes is an entry outside of all transactions, with the version that it had. A file of the value log is made so, too, without any mark of
// transactions.
const (
	logHeader   = 20
	isPointer   = 1 << 1 // the value is a place in the value log
	ofTxn       = 1 << 6
	endsTxn     = 1 << 7
	endKeyLen   = len("!badger!txn") + 8
	endValueMax = 20
)

// logRange is which transactions a log has: one after the other.
type logRange struct {
	name        string
	first, last uint64 // versions of its first and its last transaction; 0 = it has none
}

// logParts is what verifyLog has found in a log.
type logParts struct {
	ends    [2]entry // the entries that end the first and the last transaction
	end     int      // of what Badger takes: whole transactions, and rows that were moved
	dropped int
}

// verifyLog looks at what lies behind the first entry that is not whole. A kill leaves nothing there: entries are written one after the other. A
// transaction that ends there and is followed by another was synced, and so acknowledged: to leave it out would be a loss, and it is refused. If
// none follows, the machine may have lost its power while the last one was synced, which was not acknowledged then; dropped is its size. Moved rows
// that are wrong at the end are no loss as long as they can be read where they were (verifyvalues.go looks).
func verifyLog(content []byte) (l logParts, err error) {
	size := len(content)
	if size < logHeader {
		return l, fmt.Errorf("it is cut off at %d", size)
	}
	content = bytes.TrimRight(content, "\x00")
	at, within := logHeader, false
	for l.end = at; ; {
		n, flags := entryAt(content, at)
		if n == 0 {
			break
		}
		if flags&endsTxn != 0 {
			if l.ends[1] = (entry{at, n}); l.ends[0].n == 0 {
				l.ends[0] = l.ends[1]
			}
		}
		within = flags&endsTxn == 0 && (within || flags&ofTxn != 0)
		if at += n; !within {
			l.end = at
		}
	}
	switch first := endOfTxn(content, at+1); {
	case first == 0 && size == len(content) && l.end < size:
		return l, fmt.Errorf("it is cut off in the midst of a transaction, or of a row, at %d", size)
	case first == 0:
		return l, nil // what was being written at the end
	case first < len(content):
		return l, fmt.Errorf("the entry at %d is wrong, and transactions behind it are whole", at)
	}
	l.dropped = len(content) - l.end
	return l, nil
}

// entry is where one lies in a log; of no length = there is none.
type entry struct{ at, n int }

// entryAt is the length of the whole entry at a place, and its flags; 0 = there is none.
func entryAt(content []byte, at int) (n int, flags byte) {
	h := headAt(content, at)
	n = h.whole()
	if h.len == 0 || h.keyLen == 0 || h.keyLen > 1<<16 || h.valueLen > len(content) {
		return 0, 0
	}
	missing := at + n - len(content) // zeros of the checksum that were taken for those behind the entries
	if missing > crc32.Size {
		return 0, 0
	}
	entry := content[at:min(at+n, len(content))]
	if missing > 0 {
		entry = append(bytes.Clone(entry), make([]byte, missing)...)
	}
	sum := binary.BigEndian.Uint32(entry[n-crc32.Size:])
	if crc32.Checksum(entry[:n-crc32.Size], y.CastagnoliCrcTable) != sum {
		return 0, 0
	}
	return n, content[at]
}

// entryHead is what is before an entry's key.
type entryHead struct {
	len              int // 0 = there is none
	keyLen, valueLen int
	expires          uint64
}

// headMax is how long one can be.
const headMax = 2 + 2*binary.MaxVarintLen32 + binary.MaxVarintLen64

// whole is the length of the entry.
func (h entryHead) whole() int { return h.len + h.keyLen + h.valueLen + crc32.Size }

func headAt(content []byte, at int) (h entryHead) {
	if at+2 >= len(content) {
		return h
	}
	place := at + 2
	var fields [3]uint64
	for i := range fields {
		value, n := binary.Uvarint(content[min(place, len(content)):])
		if n <= 0 || i < 2 && value > 1<<31 {
			return h
		}
		fields[i], place = value, place+n
	}
	return entryHead{len: place - at, keyLen: int(fields[0]), valueLen: int(fields[1]), expires: fields[2]}
}

// endOfTxn finds the first entry from a place on that ends a transaction, and returns where it ends itself; 0 = there is none.
func endOfTxn(content []byte, from int) int {
	for at := from; at+2 < len(content); at++ {
		if content[at]&endsTxn == 0 || content[at+2] != byte(endKeyLen) {
			continue
		}
		if headAt(content, at).valueLen > endValueMax {
			continue
		}
		if n, _ := entryAt(content, at); n > 0 {
			return min(at+n, len(content))
		}
	}
	return 0
}

// txnVersionAt is the version of the transaction that an entry of a log ends.
func txnVersionAt(content []byte, e entry, key []byte) (uint64, error) {
	if e.n == 0 {
		return 0, nil
	}
	return strconv.ParseUint(txnVersion(bytes.TrimRight(content, "\x00"), e.at, e.n, key), 10, 64)
}

// txnVersion reads the value of an entry that ends a transaction.
func txnVersion(content []byte, at, n int, key []byte) string {
	h := headAt(content, at)
	// It is all there, though zeros at the end of the checksum may have been cut off with those behind.
	text, err := clearText(content[at+h.len:at+n-crc32.Size], key, content, at)
	if err != nil {
		return ""
	}
	return string(text[min(h.keyLen, len(text)):])
}

// clearText decrypts the beginning of an entry's key and value, which are encrypted together, with an initialization vector that is made of 12 bytes
// of the file's header and the entry's place.
func clearText(text, key, header []byte, at int) ([]byte, error) {
	if key == nil {
		return text, nil
	}
	return y.XORBlockAllocate(text, key, binary.BigEndian.AppendUint32(bytes.Clone(header[8:logHeader]), uint32(at)))
}
