// Package simkit is the part that the simulators of plugins/*/sim have in common: a clock that can be
// moved, a ledger of every mutation, a bounded log of the requests served, faults that are injected on
// demand, and the control API under /_sim/ that offers all of it to a test in another process.
//
// It knows no provider. A simulator hands New its own http.Handler for the provider's API and a Target that
// carries out the control API's mutations; Kit then stands in front of both.
//
// It must never be part of the engine or of an adapter, and it must never be exposed beyond loopback: the
// control API has no authentication, it may change all data and it can make the server stall or cut
// connections. Kit refuses control requests whose peer is not a loopback address. A proxy on the same
// machine defeats that guard, so do not put one in front.
//
// Callers: plugins/icontact/sim, plugins/acton/sim, and through them tests, the demo and benchmarks.
package simkit
