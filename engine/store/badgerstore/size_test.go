package badgerstore

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"
)

// TestSizeIsOfBlocks has a file that is long and empty, as Badger's logs are, and one that is not.
func TestSizeIsOfBlocks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := &Store{dir: dir}
	sparse := filepath.Join(dir, "1.mem")
	if err := os.WriteFile(sparse, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(sparse, 1<<30); err != nil {
		t.Fatal(err)
	}
	if got := s.Size(); got > 1<<20 {
		t.Errorf("%d bytes for one that is written, want its block", got)
	}
	noise := make([]byte, 3<<20)
	_, _ = rand.Read(noise)
	if err := os.WriteFile(filepath.Join(dir, "2.sst"), noise, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := s.Size(); got < 3<<20 || got > 4<<20 {
		t.Errorf("%d bytes, want about %d", got, len(noise))
	}
	if got := occupied(dir, ".sst"); got < 3<<20 || got > 4<<20 {
		t.Errorf("%d bytes of tables, want about %d", got, len(noise))
	}
}
