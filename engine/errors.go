package engine

import (
	"errors"
	"fmt"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/poll"
)

// Errors that the server turns into status codes. Besides these, CreateInstance returns *instance.SyntaxError and *instance.InvalidError.
var (
	// ErrUnauthorized: the secrets are not those of a user and its organization.
	ErrUnauthorized = errors.New("the user or organization secret is not valid")
	// ErrNotFound: there is no such thing, or it is not the caller's.
	ErrNotFound = errors.New("not found")
	// ErrForbidden: the caller asks for what belongs to another account.
	ErrForbidden = errors.New("another account is not yours to look at")
	// ErrDisabled: the instance was disabled by its user; enabling it again is the way back.
	ErrDisabled = errors.New("the instance is disabled: PUT /instances/{id}/enabled enables it")
	// ErrStopping: the engine is stopping or has not started.
	ErrStopping = errors.New("the service is starting or stopping")
)

// ConflictError is a request that does not fit the state of things now; the message says what would.
type ConflictError struct{ Message string }

func (e *ConflictError) Error() string { return e.Message }

// ForbiddenError is what a caller's role does not let it do with what it can see; the message says which role would.
type ForbiddenError struct{ Message string }

func (e *ForbiddenError) Error() string { return e.Message }

// ProviderError is a provider that refused the credentials while an instance was made.
type ProviderError struct {
	Element string
	Message string // the provider's own words
	// Temporary: the provider could not be asked, or is in trouble; the same request may succeed later.
	Temporary bool
	Err       error
}

func (e *ProviderError) Error() string {
	if e.Temporary {
		return fmt.Sprintf("%s could not be asked for tokens: %s", e.Element, e.Message)
	}
	return fmt.Sprintf("%s did not accept the credentials: %s", e.Element, e.Message)
}

func (e *ProviderError) Unwrap() error { return e.Err }

// Shapes of the core, named here so that whoever serves them needs no package of polling.
type (
	// Outcome is what became of a poll.
	Outcome = poll.Outcome
	// Load is how much waits for a callback.
	Load = deliver.Load
	// Decision is what a user decides about held deletions: "confirm" or "refuse".
	Decision = change.Decision
)
