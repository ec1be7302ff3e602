package engine

import (
	"bufio"
	"bytes"
	"strings"
	"testing"
)

// FuzzReadHead: the head of a backup is read before anything of it can be trusted. Whatever it is, it is read or refused, and what is read is what was
// there.
func FuzzReadHead(f *testing.F) {
	f.Add([]byte(backupMark + `{"made":"2026-06-09T12:00:00Z","keyset":{"a":1},"storeKey":"AAAA","key":"AAAA"}` + "\nrows"))
	f.Add([]byte(backupMark + "{}\n"))
	f.Add([]byte("pollwright backup 2\n{}\n"))
	f.Add([]byte("pollwright"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, file []byte) {
		in := bufio.NewReaderSize(bytes.NewReader(file), 1024)
		_, lines, err := readHead(in)
		if err != nil {
			return
		}
		if !bytes.HasPrefix(file, lines) || !strings.HasPrefix(string(lines), backupMark) || lines[len(lines)-1] != '\n' || bytes.Count(lines, []byte("\n")) != 2 {
			t.Errorf("%q has the head %q", file, lines)
		}
	})
}
