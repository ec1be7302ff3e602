package poll

import (
	"context"
	"errors"
	"time"

	"github.com/pollwright/pollwright/engine/egress"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/sdk"
)

// Kinds of FaultError beside those of sdk.Fault.
const (
	KindAdapter  = "adapter"  // the adapter trapped, ran too long, or made no sense
	KindNetwork  = "network"  // the provider could not be reached
	KindStore    = "store"    // the store did not take or give what it should; no fault of the provider
	KindInternal = "internal" // anything else that is wrong with us
	// KindPostponed is no fault: the poll has to wait, for the limits of the credential or for the adapter. It ends with Outcome.Postponed.
	KindPostponed = "postponed"
	KindTimeout   = "timeout" // the poll's own time was up; what it had committed stays
)

// FaultError is why a poll failed, in words for its user.
type FaultError struct {
	Kind       string
	Message    string
	RetryAfter time.Duration // 0 = unknown
	Stopped    egress.Kind   // with KindNetwork: what stopped the exchange; "" = not known
}

func (e *FaultError) Error() string { return e.Kind + ": " + e.Message }

// ofPage reports whether the fault may be of the page that was asked for, and not of the provider.
func (e *FaultError) ofPage() bool {
	return e.Kind == sdk.FaultInvalid || e.Kind == sdk.FaultNotFound || e.Kind == KindAdapter
}

func faultOf(f sdk.Fault) *FaultError {
	return &FaultError{Kind: f.Kind, Message: f.Message, RetryAfter: time.Duration(min(max(f.RetryAfter, 0), maxRetryAfter)) * time.Second}
}

// maxRetryAfter keeps a hostile Retry-After from ending a poller: one day, seconds.
const maxRetryAfter = 24 * 3600

// postponed reports whether an error is no fault, but a wait.
func postponed(err error) bool {
	var fault *FaultError
	return errors.As(err, &fault) && fault.Kind == KindPostponed
}

// asFault gives every error a kind.
func asFault(err error) *FaultError {
	var fault *FaultError
	switch {
	case errors.As(err, &fault):
		return fault
	case errors.Is(err, context.DeadlineExceeded):
		return &FaultError{Kind: KindTimeout, Message: "the poll took longer than it may: " + err.Error()}
	}
	return &FaultError{Kind: KindInternal, Message: err.Error()}
}

// storeFault is what the store's error means for a poll. One that says that the change itself is wrong would come at every poll: it is not
// the store's.
func storeFault(doing string, err error) error {
	kind := KindStore
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, store.ErrTooLarge), errors.Is(err, store.ErrInvalid):
		kind = KindInternal
	}
	return &FaultError{Kind: kind, Message: doing + ": " + err.Error()}
}
