// Package benchmark measures the whole product as its users run it: `pollwright serve` in a process of its own, polling a simulated provider
// over loopback HTTP through the built-in iContact adapter, with its store on the disk, and posting to a receiver. It is a test and nothing
// else: no package may import it, and it exports nothing. It asserts that all that the provider had was told, and no speed.
//
// `make bench-e2e` alternates, round by round, the server with a pipe: the least that a program must do to ask the provider the same
// questions and post the same notifications, natively and without durability, order or retries (pipe_test.go). It comes in two forms, one with
// encoding/json and one with the fastest JSON there is, and one of them runs twice: what its two runs differ by is the noise of the machine. All
// of them are processes that stand still while it is another's turn. CPU is that of the whole process, system time included.
//
// Provider and receiver are processes, too, and as cheap as they can be, so that they take as little as possible of the machine from what is
// measured (peer_test.go).
package benchmark
