//go:build wasip1

package sdk

import (
	"fmt"
	"unsafe"
)

// input is the one buffer that the host writes to; output keeps the last reply alive until the host has copied it.
var input, output []byte

//go:wasmexport pollwright_abi
func exportABI() int32 { return ABIVersion }

//go:wasmexport pollwright_buf
func exportBuf(n uint32) unsafe.Pointer {
	if uint64(n) > uint64(len(input)) || input == nil {
		input = make([]byte, max(n, 1))
	}
	return unsafe.Pointer(unsafe.SliceData(input))
}

//go:wasmexport pollwright_call
func exportCall(op int32, n uint32) uint64 {
	if uint64(n) > uint64(len(input)) {
		output = append([]byte{ReplyError}, fmt.Sprintf("%d bytes of input, but pollwright_buf gave room for %d", n, len(input))...)
	} else {
		output = Handle(op, input[:n])
	}
	ptr := uintptr(unsafe.Pointer(unsafe.SliceData(output)))
	return uint64(ptr)<<32 | uint64(len(output))
}
