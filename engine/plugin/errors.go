package plugin

import (
	"errors"
	"fmt"
	"time"
)

// ErrUnknownElement is returned by Step for a key that no adapter speaks for.
var ErrUnknownElement = errors.New("no adapter for this element")

// ErrClosed is returned by every call after Close.
var ErrClosed = errors.New("catalog is closed")

// CallError is any failure of a call to an adapter. Err is one of the typed errors of this file, ErrUnknownElement, ErrClosed, or the
// context's error when the caller gave up (which says nothing about the adapter).
type CallError struct {
	Element string // element key, or the file while it is being installed
	Op      string // "describe" or "step"
	Err     error
}

func (e *CallError) Error() string { return fmt.Sprintf("element %s: %s: %v", e.Element, e.Op, e.Err) }
func (e *CallError) Unwrap() error { return e.Err }

// AdapterError is an error that the adapter itself reported.
type AdapterError struct{ Text string }

func (e *AdapterError) Error() string { return "adapter reports: " + e.Text }

// PanicError is a crash of the adapter. At least one field is set.
type PanicError struct {
	Text string // the first panic or fatal error paragraph of what it wrote, at most 2 KiB
	Trap string // what the sandbox says: "wasm error: unreachable"
}

func (e *PanicError) Error() string {
	switch {
	case e.Text == "":
		return "adapter crashed: " + e.Trap
	case e.Trap == "":
		return "adapter crashed: " + e.Text
	}
	return "adapter crashed: " + e.Text + " (" + e.Trap + ")"
}

// ExitError means that the adapter ended its process instead of answering.
type ExitError struct{ Code uint32 }

func (e *ExitError) Error() string { return fmt.Sprintf("adapter exited with code %d", e.Code) }

// DeadlineError means that the adapter had not answered in time and was stopped.
type DeadlineError struct{ After time.Duration }

func (e *DeadlineError) Error() string { return fmt.Sprintf("no answer within %v, stopped", e.After) }

// FuelError means that the adapter did more than a call may do, and was stopped.
type FuelError struct{ Fuel int64 }

func (e *FuelError) Error() string {
	return fmt.Sprintf("no answer within %d units of fuel, stopped", e.Fuel)
}

// SizeError means that input or output is larger than allowed.
type SizeError struct {
	What  string // "input", "output"
	Size  int64  // bytes
	Limit int64
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("%s has %d bytes, at most %d are allowed", e.What, e.Size, e.Limit)
}

// PointerError means that the adapter named a range outside its memory.
type PointerError struct {
	What     string // "input buffer", "reply"
	Ptr, Len uint32
	Memory   uint32 // size of its memory in bytes
}

func (e *PointerError) Error() string {
	return fmt.Sprintf("%s [%d, +%d) lies outside the adapter's memory of %d bytes", e.What, e.Ptr, e.Len, e.Memory)
}

// ReplyError means that the adapter answered, but not what the contract asks for.
type ReplyError struct {
	Path   string // where in the reply: "page.records", "" = the reply as a whole
	Reason string
}

func (e *ReplyError) Error() string {
	if e.Path == "" {
		return "bad reply: " + e.Reason
	}
	return "bad reply: " + e.Path + ": " + e.Reason
}

// SuspendedError means that the adapter was not asked: its last calls failed, and it has a pause.
type SuspendedError struct {
	Until time.Time
	Err   error // of its last call
}

func (e *SuspendedError) Error() string {
	return fmt.Sprintf("suspended until %s, because its last calls failed: %v", e.Until.UTC().Format(time.RFC3339), e.Err)
}
func (e *SuspendedError) Unwrap() error { return e.Err }

// ModuleError means that a file is not a module this host would run.
type ModuleError struct{ Reason string }

func (e *ModuleError) Error() string { return "module refused: " + e.Reason }
