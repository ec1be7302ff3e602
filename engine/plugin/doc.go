// Package plugin runs adapters: WebAssembly modules that speak for a provider. It is the only code that knows wazero.
//
// A Catalog holds one adapter per element. It loads the built-in ones and those of a folder, refuses what does not keep the contract and
// says why, takes up new and changed files while polls run, and answers Step: one question to one adapter. Slice cuts the records that an
// adapter pointed at out of a provider's body, natively, bytes unchanged.
//
// An adapter is untrusted. It gets bytes and gives bytes:
//   - It imports nothing but WASI preview 1, of which clock, random, output to stderr, sleeping and exit exist (all virtual, a function of the
//     call's input) and everything else answers that there is no such thing. No file, socket, environment variable, argument, secret.
//   - Every call begins at the same image: memory and globals as they were when the module had been initialised, once, at its installation. So
//     nothing of one call, and so of one user, can be seen by another. Instances are used again (package box) where the system can put their
//     memory back; elsewhere each call gets a fresh one.
//   - Memory, time, output and counts have limits (Limits). A range it returns is checked before it is read and copied out at once.
//   - The same call gives the same reply: there is nothing else it could depend on.
//
// The package must never: let an adapter's failure end the process or another's call, hand out memory of a module, follow an adapter's word
// unchecked, or open a connection.
//
// A module is rewritten before it is run (package meter): it spends fuel, and when a slice of it is gone the host looks whether the call may
// go on. So every guest can be stopped, whatever it does, and none holds up the garbage collector of the process. The compiler cannot be
// interrupted: modules of a shape that it takes long for are refused (meter.Check).
//
// The machine code that wazero makes is moved into a file of the compile cache where that is possible (package code): only what calls execute of it
// is in memory then.
//
// The entry points of a module (exports; all of it is ABI version 1 of package sdk):
//
//	memory                                  its linear memory
//	_initialize()                           optional, runs first
//	pollwright_abi() -> i32                 1
//	pollwright_buf(n i32) -> i32            where n bytes of input may be written
//	pollwright_call(op i32, n i32) -> i64   ptr<<32 | len of the reply; its first byte is 0 (JSON follows) or 1 (an error text follows)
//
// It is called by poll (Step, Slice), instance (Element) and the engine (New, Run, Close, Elements, Refusals).
package plugin
