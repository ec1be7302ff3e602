package credential

import (
	"errors"
	"fmt"
	"time"
)

// Errors that callers branch on.
var (
	// ErrNotFound: there is no such credential (or no longer).
	ErrNotFound = errors.New("credential does not exist")
	// ErrMasterKey: the master key is missing, unreadable, or not the one that wrapped the keyset.
	ErrMasterKey = errors.New("master key")
	// ErrBadMaster: the text of a new master key is none.
	ErrBadMaster = errors.New("the new master key is not one")
	// ErrMasterNeeded: the vault was given its master key and cannot write a new one to where that came from: give it the new one.
	ErrMasterNeeded = errors.New("the new master key is missing")
	// ErrSameMaster: the new master key is the one that is used.
	ErrSameMaster = errors.New("the new master key is the present one")
	// ErrUnproven: no start with the last rotation's master key has shown yet that it is kept where it has to be.
	ErrUnproven = errors.New("the master key of the last rotation was not used for a start yet")
	// ErrIncomplete: files that belong together are not all there. The message says what to put back.
	ErrIncomplete = errors.New("key files are incomplete")
	// ErrUnreadable: sealed bytes were changed, moved to another name, or sealed by another keyset.
	ErrUnreadable = errors.New("sealed value cannot be opened")
	// ErrMissingValue: an auth template names a configuration key that has no value, or one that cannot be sent.
	ErrMissingValue = errors.New("configuration value for the authentication is missing")
	// ErrReauthenticate: the provider accepts these tokens no more; a person must authorize again.
	ErrReauthenticate = errors.New("authorize the instance again")
	// ErrRejected: the provider refuses the client id, its secret or the request; a person must correct the configuration.
	ErrRejected = errors.New("the provider rejects the client or the request")
	// ErrTransient: the token endpoint could not be asked or is in trouble; try again later.
	ErrTransient = errors.New("the token endpoint is not available")
	// ErrUnstored: the provider gave new tokens but the store did not take them. They are kept in memory, unused, and stored by the next call.
	ErrUnstored = errors.New("new tokens could not be stored and are not used")
	// ErrClosed: Close was called.
	ErrClosed = errors.New("credentials are closed")
)

// TokenError is what became of a request to a token endpoint. It unwraps to ErrReauthenticate, ErrRejected or ErrTransient and to its cause.
type TokenError struct {
	Kind       error
	URL        string        // of the endpoint, without a query
	Status     int           // 0 if there was no answer
	Code       string        // RFC 6749 section 5.2: "invalid_grant"
	Words      string        // the provider's own, at most 300 bytes, without the secrets that were sent
	RetryAfter time.Duration // 0 = unknown
	cause      error
}

func (e *TokenError) Error() string {
	text := "token endpoint " + e.URL
	switch {
	case e.Status != 0:
		text += fmt.Sprintf(" answered %d", e.Status)
	case e.cause != nil:
		text += ": " + e.cause.Error()
	}
	if e.Code != "" {
		text += " " + e.Code
	}
	if e.Words != "" {
		text += fmt.Sprintf(" %q", e.Words)
	}
	return text + ": " + e.Kind.Error()
}

func (e *TokenError) Unwrap() []error {
	if e.cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.cause}
}
