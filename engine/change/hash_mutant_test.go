//go:build mutants

package change

import "testing"

// The hook works: with the rule broken, one scan is enough.
func TestOneScanDeletesIsBroken(t *testing.T) {
	t.Parallel()
	w := watchHashes(t, func(r *HashRule) { r.Mutant = OneScanDeletes }).set("a=1", "b=1")
	w.want()
	w.del("a")
	w.want("DELETED a")
}
