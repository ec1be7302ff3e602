// Package storetest is the definition of a store as a test: one subtest for each sentence of the store package's comments, and a run of
// random changes against a plain model. Every implementation runs it, from its own tests only.
//
// It must never ask for more than those comments promise: where a store is free, so is the suite.
package storetest
