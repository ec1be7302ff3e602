package engine

import "testing"

// Numbers are kept by integrators: they never change, and are none that the platform gave out. Those here are FNV-1a by another program.
func TestElementNumbersAreStable(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]int64{"acme": 1174237615, "acme2": 1257888295} {
		if got := elementNumber(key); got != want || got < madeNumbers || got > 1<<31-1 {
			t.Errorf("%s: %d, want %d", key, got, want)
		}
	}
}
