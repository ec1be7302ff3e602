package badgerstore

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"strconv"
	"testing"

	"github.com/dgraph-io/badger/v4/y"
)

// ending is an entry that ends the transaction of a version; other makes another checksum.
func ending(version, other uint64) []byte {
	value := strconv.FormatUint(version, 10)
	e := []byte{endsTxn, 0}
	for _, n := range []uint64{uint64(endKeyLen), uint64(len(value)), other} {
		e = binary.AppendUvarint(e, n)
	}
	e = append(append(e, bytes.Repeat([]byte{'k'}, endKeyLen)...), value...)
	return binary.BigEndian.AppendUint32(e, crc32.Checksum(e, y.CastagnoliCrcTable))
}

// A log's last transaction is read in full also where its checksum ends with zeros, which look like those that a log is filled up with.
func TestLastTransactionOfALog(t *testing.T) {
	t.Parallel()
	zeros := map[int]bool{}
	for other := uint64(0); len(zeros) < 3; other++ {
		last := ending(894, other)
		n := len(last) - len(bytes.TrimRight(last, "\x00"))
		if zeros[n] {
			continue
		}
		zeros[n] = true
		content := append(make([]byte, logHeader), ending(893, 0)...)
		for _, content := range [][]byte{append(content, last...), append(append(content, last...), make([]byte, 1000)...)} {
			l, err := verifyLog(content)
			if err != nil || l.dropped != 0 {
				t.Fatalf("%d zeros: %d dropped, %v", n, l.dropped, err)
			}
			for i, want := range []uint64{893, 894} {
				if got, err := txnVersionAt(content, l.ends[i], nil); got != want || err != nil {
					t.Errorf("%d zeros: version %d, %v, want %d", n, got, err, want)
				}
			}
		}
	}
}
