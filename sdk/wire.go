package sdk

import (
	"encoding/binary"
	"fmt"
)

// First byte of what pollwright_call returns.
const (
	ReplyOK    = 0 // JSON follows
	ReplyError = 1 // a message in UTF-8 follows: the adapter could not understand the call
)

// EncodeCall gives the input of OpStep: the length of the JSON as a little-endian u32, the JSON, the raw body of the response.
func EncodeCall(c Call) ([]byte, error) {
	doc, err := encodeCall(&c)
	if err != nil {
		return nil, fmt.Errorf("encode call: %w", err)
	}
	input := binary.LittleEndian.AppendUint32(make([]byte, 0, 4+len(doc)+bodyLen(c)), uint32(len(doc)))
	input = append(input, doc...)
	if c.Response != nil {
		input = append(input, c.Response.Body...)
	}
	return input, nil
}

func bodyLen(c Call) int {
	if c.Response == nil {
		return 0
	}
	return len(c.Response.Body)
}

// DecodeCall undoes EncodeCall. The response's body is part of input, not a copy.
func DecodeCall(input []byte) (Call, error) {
	if len(input) < 4 {
		return Call{}, fmt.Errorf("decode call: %d bytes of input, want at least the 4 of a length", len(input))
	}
	n, rest := binary.LittleEndian.Uint32(input), input[4:]
	if uint64(n) > uint64(len(rest)) {
		return Call{}, fmt.Errorf("decode call: a document of %d bytes is announced, %d follow", n, len(rest))
	}
	c, err := decodeCall(rest[:n])
	if err != nil {
		return c, fmt.Errorf("decode call: %w", err)
	}
	if c.Response != nil {
		c.Response.Body = rest[n:]
	}
	return c, nil
}
