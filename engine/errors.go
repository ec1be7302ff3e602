package engine

import (
	"errors"
	"fmt"

	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/poll"
)

// Errors that the server turns into status codes. Besides these, CreateInstance returns *SyntaxError and *InvalidError.
var (
	// ErrUnauthorized: the secrets are not those of a user and its organization.
	ErrUnauthorized = errors.New("the user or organization secret is not valid")
	// ErrNotFound: there is no such thing, or it is not the caller's.
	ErrNotFound = errors.New("not found")
	// ErrStopping: the engine is stopping or has not started.
	ErrStopping = errors.New("the service is starting or stopping")
)

// ProviderError is a provider that refused the credentials while an instance was made.
type ProviderError struct {
	Element string
	Message string // the provider's own words
	Err     error
}

func (e *ProviderError) Error() string {
	return fmt.Sprintf("%s did not accept the credentials: %s", e.Element, e.Message)
}

func (e *ProviderError) Unwrap() error { return e.Err }

// The shapes that pass through the engine unchanged, named here so that whoever serves it needs no other package of the core.
type (
	// InvalidError lists every fault of a POST body, and what was tolerated in it.
	InvalidError = instance.InvalidError
	// SyntaxError is a body that is not JSON.
	SyntaxError = instance.SyntaxError
	// Problem is a JSON path and a message.
	Problem = instance.Problem
	// Outcome is what became of a poll.
	Outcome = poll.Outcome
)
