// Package wasm reads and writes the binary format of WebAssembly 2.0, as far as rewriting a module needs it: sections, numbers, names, and
// where one instruction ends and the next begins.
//
// It is no validator: it never judges types or indices, only form. It must stay pure, and bounded by the bytes it is given: no number in a
// file makes it reserve room.
//
// engine/plugin/meter and engine/plugin/box call it.
package wasm
