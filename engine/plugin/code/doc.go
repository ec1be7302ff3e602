// Package code moves the machine code of an adapter out of the process's memory and into a file of the compile cache, where only the pages
// that calls execute are resident, and the system can take them back at any time, as it does with the program's own.
//
// wazero keeps what it compiles in anonymous memory: 15 MB for an adapter of 4 MB, of which a poll executes a small part. File makes a file
// with the same bytes and puts a private, read-only, executable mapping of it in their place. That is sound because
//
//   - the bytes are compared, all of them, before anything is changed, and the file is never written again under its name;
//   - nothing writes to machine code any more: it is mapped for reading and executing before, or is left alone;
//   - the system replaces one mapping by another at once: who executes the code meanwhile finds the old pages or the new ones, and they are equal;
//   - wazero frees the address range as it would have, whatever is mapped there.
//
// Where the code lies is read from wazero's own, unexported structures, by reflection and without a guess: a field that is not there, or is of
// another kind, and a range that the system does not know as private, anonymous and executable, end in ErrUnavailable, and all stays as it was.
// That happens on other systems than Linux, on a folder mounted noexec, and perhaps with another version of wazero, for which a test looks.
//
// engine/plugin calls it when an adapter is installed, while it holds an instance of it: the code cannot be freed then.
package code
