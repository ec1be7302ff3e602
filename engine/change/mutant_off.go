//go:build !mutants

package change

// broken reports whether a rule is broken on purpose. Only the build for `make model MUTANTS=1` can break any: there the model test has
// to notice each.
func (Rule) broken(Mutant) bool { return false }
