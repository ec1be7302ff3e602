package sdk

import (
	"errors"
	"fmt"
)

// Adapter speaks for one provider. Both methods are pure: the same call gives the same reply. Every call of Step starts from a clean
// memory, so nothing kept in a variable is there the next time; use Fetch.State within a page, Page.Next between pages and Page.Memo
// between polls.
type Adapter interface {
	// Describe says what the adapter is; it is asked once, when the adapter is installed.
	Describe() Manifest
	// Step answers "what next?" with a request to send, a page of records, or a fault.
	Step(Call) Reply
}

// registered is the one adapter of this program. A mutable package variable because the exports that the host calls are plain functions;
// it is written once, from the adapter's init, before the host can call anything.
var registered Adapter

// Register makes a the adapter of this program. Call it once, from init: main never runs in an adapter.
func Register(a Adapter) {
	if a == nil {
		panic("sdk.Register: the adapter is nil")
	}
	if registered != nil {
		panic("sdk.Register: called twice; a program is one adapter")
	}
	registered = a
}

// Handle answers one operation with the registered adapter, exactly as the exported pollwright_call does.
func Handle(op int32, input []byte) []byte {
	return Answer(registered, op, input)
}

// Answer answers one operation with a. The first byte of the reply is ReplyOK, then JSON follows (a Manifest or a Reply), or ReplyError,
// then a message follows. A panic of the adapter is not caught: in the sandbox it ends the call, and the host shows its text.
func Answer(a Adapter, op int32, input []byte) []byte {
	out, err := answer(a, op, input)
	if err != nil {
		return append([]byte{ReplyError}, err.Error()...)
	}
	return out
}

func answer(a Adapter, op int32, input []byte) ([]byte, error) {
	if a == nil {
		return nil, errors.New("no adapter is registered: call sdk.Register from an init function")
	}
	switch op {
	case OpDescribe:
		m := a.Describe()
		return encodeManifest(&m), nil
	case OpStep:
		call, err := DecodeCall(input)
		if err != nil {
			return nil, err
		}
		reply := a.Step(call)
		return encodeReply(&reply)
	}
	return nil, fmt.Errorf("unknown operation %d: this adapter knows %d (describe) and %d (step)", op, OpDescribe, OpStep)
}
