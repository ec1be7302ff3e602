package badgerstore

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/pollwright/pollwright/engine/store"
)

// BenchmarkDump reads a store of 50,000 notifications of 2 KB that do not shrink, and makes a store of what was read. docs/operations.md has the figures.
func BenchmarkDump(b *testing.B) {
	s := setup(b, Config{Dir: b.TempDir()})
	payload := make([]byte, 2<<10)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(payload)
	for n := range 100 {
		c := store.Change{}
		for i := range 500 {
			c.Emit = append(c.Emit, store.Notification{Lane: store.Lane{Instance: fmt.Sprint("i-", i%50)}, ID: fmt.Sprint(n, "-", i), Events: 1, Payload: payload})
		}
		commit(b, s, c)
	}
	var dump bytes.Buffer
	if _, err := s.Dump(b.Context(), into(&dump)); err != nil {
		b.Fatal(err)
	}
	b.Run("write", func(b *testing.B) {
		b.SetBytes(int64(dump.Len()))
		for b.Loop() {
			if _, err := s.Dump(b.Context(), into(io.Discard)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("restore", func(b *testing.B) {
		b.SetBytes(int64(dump.Len()))
		for n := 0; b.Loop(); n++ {
			cfg := Config{Dir: filepath.Join(b.TempDir(), fmt.Sprint(n)), Key: testKey, Small: true}
			if _, err := Restore(b.Context(), cfg, bytes.NewReader(dump.Bytes())); err != nil {
				b.Fatal(err)
			}
		}
	})
}
