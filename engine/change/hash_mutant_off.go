//go:build !mutants

package change

// broken reports whether a rule is broken on purpose; see Rule.broken.
func (HashRule) broken(Mutant) bool { return false }
