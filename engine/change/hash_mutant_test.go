//go:build mutants

package change

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The hook works: with the rule broken, one scan is enough.
func TestOneScanDeletesIsBroken(t *testing.T) {
	t.Parallel()
	w := watchHashes(t, func(r *HashRule) { r.Mutant = OneScanDeletes }).set("a=1", "b=1")
	w.want()
	w.del("a")
	w.want("DELETED a")
}

// The model notices: run with the rule broken, it fails.
func TestOneScanDeletesIsNoticed(t *testing.T) {
	t.Parallel()
	model := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHashModel$", "-rapid.nofailfile")
	model.Env = append(os.Environ(), breaks+"="+string(OneScanDeletes))
	out, err := model.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "FAIL: TestHashModel") {
		t.Errorf("the model did not notice that objects are deleted after one scan: %v\n%s", err, out)
	}
}
