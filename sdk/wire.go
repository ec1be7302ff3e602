package sdk

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
)

// First byte of what pollwright_call returns.
const (
	ReplyOK    = 0 // JSON follows
	ReplyError = 1 // a message in UTF-8 follows: the adapter could not understand the call
)

// EncodeCall gives the input of OpStep: the length of the JSON as a little-endian u32, the JSON, the raw body of the response.
func EncodeCall(c Call) ([]byte, error) {
	doc, err := json.Marshal(c)
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
	var c Call
	if len(input) < 4 {
		return c, fmt.Errorf("decode call: %d bytes of input, want at least the 4 of a length", len(input))
	}
	n, rest := binary.LittleEndian.Uint32(input), input[4:]
	if uint64(n) > uint64(len(rest)) {
		return c, fmt.Errorf("decode call: a document of %d bytes is announced, %d follow", n, len(rest))
	}
	if err := json.Unmarshal(rest[:n], &c); err != nil {
		return c, fmt.Errorf("decode call: %w", err)
	}
	if c.Response != nil {
		c.Response.Body = rest[n:]
	}
	return c, nil
}

// DecodeReply reads the answer to OpStep. A message of the adapter comes back as an error. It does not judge the reply: see Reply.Check.
func DecodeReply(out []byte) (Reply, error) {
	var r Reply
	err := decodeOutput(out, &r)
	return r, err
}

// DecodeManifest reads the answer to OpDescribe. It does not judge the manifest: see Manifest.Check.
func DecodeManifest(out []byte) (Manifest, error) {
	var m Manifest
	err := decodeOutput(out, &m)
	return m, err
}

func decodeOutput(out []byte, into any) error {
	if len(out) == 0 {
		return errors.New("the adapter answered with no bytes")
	}
	switch out[0] {
	case ReplyOK:
		if err := json.Unmarshal(out[1:], into); err != nil {
			return fmt.Errorf("the adapter's answer: %w", err)
		}
		return nil
	case ReplyError:
		return fmt.Errorf("the adapter says: %s", Excerpt(out[1:]))
	}
	return fmt.Errorf("the adapter's answer begins with byte %d, want %d or %d", out[0], ReplyOK, ReplyError)
}
