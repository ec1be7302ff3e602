//go:build mutants

package change

// broken reports whether a rule is broken on purpose.
func (r HashRule) broken(m Mutant) bool { return r.Mutant == m }
