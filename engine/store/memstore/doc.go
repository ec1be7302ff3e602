// Package memstore is a store in memory, for tests: exact, deterministic and as strict as a store may be (a change beyond
// store.SafeBytes or store.SafeRows is store.ErrTooLarge, so that code which would depend on a roomier store fails early).
//
// It keeps nothing over a restart and must never be used to hold what a user would miss. Tests of the engine's packages call it.
package memstore
