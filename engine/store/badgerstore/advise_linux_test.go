package badgerstore

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/engine/store"
)

// TestLogsAreAdvised looks at the kernel's flags of the mappings ("rr": random reads) of the first log and of one begun later, in a
// folder that is reached over a symbolic link.
func TestLogsAreAdvised(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	s := setup(t, Config{Dir: link})
	first := advised(t, dir)
	if len(first) != 2 {
		t.Fatalf("advised: %v, want one log of each kind", first)
	}
	noise := make([]byte, large)
	_, _ = rand.Read(noise)
	for i := range 70 { // in all they have enough for a log of values and for a memtable, and are in both to the last
		c := store.Change{Emit: []store.Notification{{Lane: store.Lane{Instance: "i"}, ID: "n", Payload: noise}}}
		for at := range 500 {
			c.Log = append(c.Log, store.Entry{Key: store.Key{Name: "a"}, ID: fmt.Sprint(i, "/", at), Value: noise[at : at+inline/2]})
		}
		commit(t, s, c)
	}
	later := advised(t, dir)
	for i, ext := range []string{valueExt, logExt} {
		ours := func(name string) bool { return filepath.Ext(name) == ext }
		if all := slices.DeleteFunc(slices.Clone(later), func(name string) bool { return !ours(name) }); len(all) == 0 || all[len(all)-1] <= first[i] {
			t.Errorf("advised: %v, want a log after %s", later, first[i])
		}
	}
}

// advised are the logs of a folder that are mapped, in order; it wants all of them advised.
func advised(t *testing.T, dir string) []string {
	t.Helper()
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Skip("no /proc/self/smaps:", err)
	}
	defer f.Close()
	var logs []string
	current := ""
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if i := strings.Index(line, " "+dir+"/"); i >= 0 {
			current = line[i+1:]
		}
		flags, ok := strings.CutPrefix(line, "VmFlags:")
		if !ok {
			continue
		}
		if filepath.Ext(current) == logExt || filepath.Ext(current) == valueExt {
			if !slices.Contains(strings.Fields(flags), "rr") {
				t.Errorf("%s has the flags %s, want rr", current, flags)
			}
			logs = append(logs, filepath.Base(current))
		}
		current = ""
	}
	slices.Sort(logs)
	return logs
}
