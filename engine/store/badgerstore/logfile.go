package badgerstore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strconv"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/y"
)

// What a log file of Badger 4.9.6 is made of: a header, then entries, then zeros. An entry is a byte of flags, one of the user's, three varints
// (length of key, length of value, expiry), key, value, and the CRC-32C of all that, of encrypted bytes where the folder is. The entries of a
// transaction are followed by one whose key is of a fixed length and whose value is a number.
const (
	logHeader   = 20
	endsTxn     = 1 << 7
	endKeyLen   = len("!badger!txn") + 8
	endValueMax = 20
)

// logRange is which transactions a log has: one after the other.
type logRange struct {
	name        string
	first, last uint64 // versions of its first and its last transaction; 0 = it has none
}

// verifyLog looks at what lies behind the first entry that is not whole. A kill leaves nothing there: entries are written one after the other. A
// transaction that ends there and is followed by another was synced, and so acknowledged: to leave it out would be a loss, and it is refused. If
// none follows, the machine may have lost its power while the last one was synced, which was not acknowledged then; dropped is its size. ends are
// the entries that end the first and the last transaction.
func verifyLog(content []byte) (ends [2]entry, dropped int, err error) {
	size := len(content)
	if size < logHeader {
		return ends, 0, fmt.Errorf("it is cut off at %d", size)
	}
	content = bytes.TrimRight(content, "\x00")
	at, end := logHeader, logHeader // end is that of the last transaction
	for {
		n, endsTxn := entryAt(content, at)
		if n == 0 {
			break
		}
		if endsTxn {
			ends[1] = entry{at, n}
			if end == logHeader {
				ends[0] = ends[1]
			}
		}
		if at += n; endsTxn {
			end = at
		}
	}
	switch first := endOfTxn(content, at+1); {
	case first == 0 && size == len(content) && end < size:
		return ends, 0, fmt.Errorf("it is cut off in the midst of a transaction, at %d", size)
	case first == 0:
		return ends, 0, nil // what was being written at the end
	case first < len(content):
		return ends, 0, fmt.Errorf("the entry at %d is wrong, and transactions behind it are whole", at)
	}
	return ends, len(content) - end, nil
}

// entry is where one lies in a log; of no length = there is none.
type entry struct{ at, n int }

// entryAt is the length of the whole entry at a place, and whether it ends a transaction; 0 = there is none.
func entryAt(content []byte, at int) (n int, ends bool) {
	keyLen, valueLen, head := headAt(content, at)
	n = head + keyLen + valueLen + crc32.Size
	if head == 0 || keyLen == 0 || keyLen > 1<<16 || valueLen < 0 || valueLen > len(content) {
		return 0, false
	}
	missing := at + n - len(content) // zeros of the checksum that were taken for those behind the entries
	if missing > crc32.Size {
		return 0, false
	}
	entry := content[at:min(at+n, len(content))]
	if missing > 0 {
		entry = append(bytes.Clone(entry), make([]byte, missing)...)
	}
	sum := binary.BigEndian.Uint32(entry[n-crc32.Size:])
	if crc32.Checksum(entry[:n-crc32.Size], y.CastagnoliCrcTable) != sum {
		return 0, false
	}
	return n, content[at]&endsTxn != 0
}

// headAt reads what is before an entry's key; head is its length, 0 if there is none.
func headAt(content []byte, at int) (keyLen, valueLen, head int) {
	if at+2 >= len(content) {
		return 0, 0, 0
	}
	place := at + 2
	var fields [3]uint64
	for i := range fields {
		value, n := binary.Uvarint(content[min(place, len(content)):])
		if n <= 0 || i < 2 && value > 1<<31 {
			return 0, 0, 0
		}
		fields[i], place = value, place+n
	}
	return int(fields[0]), int(fields[1]), place - at
}

// endOfTxn finds the first entry from a place on that ends a transaction, and returns where it ends itself; 0 = there is none.
func endOfTxn(content []byte, from int) int {
	for at := from; at+2 < len(content); at++ {
		if content[at]&endsTxn == 0 || content[at+2] != byte(endKeyLen) {
			continue
		}
		if _, valueLen, _ := headAt(content, at); valueLen > endValueMax {
			continue
		}
		if n, _ := entryAt(content, at); n > 0 {
			return min(at+n, len(content))
		}
	}
	return 0
}

// txnVersionAt is the version of the transaction that an entry of a log ends.
func txnVersionAt(content []byte, e entry, registry *badger.KeyRegistry) (uint64, error) {
	if e.n == 0 {
		return 0, nil
	}
	key, err := registry.DataKey(binary.BigEndian.Uint64(content))
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(txnVersion(bytes.TrimRight(content, "\x00"), e.at, e.n, key.GetData()), 10, 64)
}

// txnVersion reads the value of an entry that ends a transaction. With a key, key and value are encrypted together, with an initialization vector
// that is made of 12 bytes of the header and the entry's place.
func txnVersion(content []byte, at, n int, key []byte) string {
	keyLen, _, head := headAt(content, at)
	text := content[at+head : at+n-crc32.Size] // it is all there, though zeros at the end of the checksum may have been cut off with those behind
	if key != nil {
		iv := binary.BigEndian.AppendUint32(bytes.Clone(content[8:logHeader]), uint32(at))
		var err error
		if text, err = y.XORBlockAllocate(text, key, iv); err != nil {
			return ""
		}
	}
	return string(text[min(keyLen, len(text)):])
}
