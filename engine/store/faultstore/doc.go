// Package faultstore is a store in which calls go wrong where a plan says so. The store package promises little about errors: one from Commit means
// that nobody knows what became of it. Badger's own errors end the process, so the ways of an error that it does not end, which a store on
// another machine has every day, are walked here only: by the tests of the engine, of the sender and of the model.
//
// It must never be part of the program, nor break a promise of the seam: what it does to a call, a store may do. Without a plan it is the store
// that it wraps, and passes storetest.
package faultstore
