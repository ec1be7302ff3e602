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
	if len(first) != 1 {
		t.Fatalf("advised: %v, want one log", first)
	}
	noise := make([]byte, 250<<10)
	_, _ = rand.Read(noise)
	for i := range 100 { // 25 MB: more than a memtable
		commit(t, s, store.Change{Log: []store.Entry{{Key: store.Key{Name: "a"}, ID: fmt.Sprint(i), Value: noise}}})
	}
	if later := advised(t, dir); len(later) == 0 || slices.Contains(later, "") || later[len(later)-1] <= first[0] {
		t.Fatalf("advised: %v, want a log after %v", later, first)
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
		if strings.HasSuffix(current, logExt) {
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
