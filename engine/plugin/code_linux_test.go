package plugin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/sdk"
)

// What an adapter's calls do not execute is not in memory: its machine code is that of a file in the cache, for both ways to run it.
func TestMachineCodeLiesInTheCache(t *testing.T) {
	t.Parallel()
	for _, fresh := range []bool{false, true} {
		cache := t.TempDir()
		c := newCatalog(t, Config{CacheDir: cache, Fresh: fresh}, map[string]module{"a.wasm": good("a")})
		files, err := filepath.Glob(filepath.Join(cache, "code-1", "*"))
		if err != nil || len(files) != 1 {
			t.Fatalf("fresh %t: the cache holds code in %q (%v), want one file", fresh, files, err)
		}
		maps, err := os.ReadFile("/proc/self/maps")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(maps), files[0]) {
			t.Errorf("fresh %t: %s is not mapped", fresh, files[0])
		}
		if _, _, err := c.Step(t.Context(), "a", sdk.Call{Query: sdk.Query{Resource: "contacts"}}); err != nil {
			t.Errorf("fresh %t: %v", fresh, err)
		}
	}
}
