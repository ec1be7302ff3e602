package api

import (
	"errors"
	"fmt"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
)

// errorBody is every answer that is not a success.
type errorBody struct {
	RequestID       string             `json:"requestId"`
	Message         string             `json:"message"`
	ProviderMessage string             `json:"providerMessage,omitempty"`
	Line            int                `json:"line,omitempty"` // of a body that is not JSON, from 1
	Column          int                `json:"column,omitempty"`
	Errors          []instance.Problem `json:"errors,omitempty"`
	Warnings        []instance.Problem `json:"warnings,omitempty"`
}

// missingError is a thing that does not exist or is not the caller's.
type missingError struct{ what, id string }

func (e missingError) Error() string {
	return fmt.Sprintf("No %s found with ID %s", e.what, clip(e.id))
}

// named turns the engine's ErrNotFound into a missingError that says what was not found.
func named(err error, what, id string) error {
	if errors.Is(err, engine.ErrNotFound) {
		return missingError{what, id}
	}
	return err
}

// unauthorizedError is a request whose Authorization header does not tell who it is. Its message never repeats the header.
type unauthorizedError struct{ message string }

func (e unauthorizedError) Error() string { return e.message }

// mediaError is a body in a form that is not read.
type mediaError struct{ message string }

func (e mediaError) Error() string { return e.message }

// notReadyError is why the engine does not work (yet, or any more).
type notReadyError struct{ cause error }

func (e notReadyError) Error() string { return "not ready: " + e.cause.Error() }

func badParameter(name, format string, args ...any) error {
	return &instance.InvalidError{Problems: []instance.Problem{{Path: name, Message: fmt.Sprintf(format, args...)}}}
}

// clip bounds what an answer repeats of a request.
func clip(text string) string {
	const most = 100 // bytes
	if len(text) <= most {
		return text
	}
	return text[:most] + "..."
}
