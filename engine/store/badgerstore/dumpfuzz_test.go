package badgerstore

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"testing"
)

// FuzzReadDump: what is read is what writing the same rows gives, and damage is refused without taking memory for what is not there.
func FuzzReadDump(f *testing.F) {
	f.Add([]byte{0, 0})
	f.Add([]byte{1, 'k', 0, 3, 'r', 'o', 'w', 0, 1})
	f.Add([]byte{1, 'k', 200, 1, 0, 0, 1})
	f.Add(binary.AppendUvarint([]byte{1, 'k', 0}, longestRow))
	f.Fuzz(func(t *testing.T, dump []byte) {
		var again bytes.Buffer
		out := bufio.NewWriter(&again)
		rows, err := ReadDump(bytes.NewReader(dump), func(key, row []byte, expires uint64) error {
			head := append(binary.AppendUvarint(nil, uint64(len(key))), key...)
			head = binary.AppendUvarint(binary.AppendUvarint(head, expires), uint64(len(row)))
			_, _ = out.Write(append(head, row...))
			return nil
		})
		if err != nil {
			return
		}
		_, _ = out.Write(binary.AppendUvarint([]byte{0}, uint64(rows)))
		if err := out.Flush(); err != nil {
			t.Fatal(err)
		}
		second := 0
		if n, err := ReadDump(&again, func(_, _ []byte, _ uint64) error { second++; return nil }); err != nil || n != rows || second != int(rows) {
			t.Errorf("%x: %d rows, and %d when written again, %v", dump, rows, n, err)
		}
	})
}
