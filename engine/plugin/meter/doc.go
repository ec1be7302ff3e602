// Package meter rewrites a WebAssembly module so that it cannot run without end: it spends fuel at every function entry, at every loop
// header and along every long stretch of code, and by length for what moves memory in bulk. When the fuel is gone it calls the host, which
// gives more or ends the call.
//
// The package is pure: bytes in, bytes out. It must never be given a module that was not validated before: an index that means nothing in
// the original could mean the fuel in the rewritten one, and a guest could fuel itself.
//
// engine/plugin calls it.
package meter
