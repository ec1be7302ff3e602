package crash

import (
	"os"
	"path/filepath"
	"testing"
)

// A data folder that a kill left and in which a byte was changed, or a file lost its end, is refused with the name of the file. With the bytes back
// it opens. The store's own test (badgerstore) tries many more places.
func TestDamagedFolder(t *testing.T) {
	s := newSteady(t, nil)
	for range 20 {
		s.add()
	}
	s.delivered()
	s.kill()
	s.start()
	for range 4 { // so that whole commits lie behind the byte that is changed in the log
		s.add()
		s.delivered()
	}
	s.kill()
	for pattern, place := range map[string]int{"keyset.json": 40, "store/KEYREGISTRY": 60, "store/MANIFEST": 30, "store/*.mem": 900, "store/*.sst": 700} {
		files, err := filepath.Glob(filepath.Join(s.data(), pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no such file, %v", pattern, err)
		}
		was, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		place = min(place, len(was)*2/3)
		flipped := append([]byte(nil), was...)
		flipped[place] ^= 0x10
		for how, content := range map[string][]byte{"a byte was changed": flipped, "its end is missing": was[:place]} {
			t.Logf("%s: %s", filepath.Base(files[0]), how)
			if err := os.WriteFile(files[0], content, 0o600); err != nil {
				t.Fatal(err)
			}
			s.refuses(s.command(s.args...), filepath.Base(files[0]), s.data())
		}
		if err := os.WriteFile(files[0], was, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.start()
	s.add()
	s.delivered()
}
