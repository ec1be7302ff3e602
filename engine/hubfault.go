package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pollwright/pollwright/engine/egress"
	"github.com/pollwright/pollwright/engine/hub"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/sdk"
)

// Errors of ReadHub.
type (
	// UnknownResourceError is a path that the element does not have.
	UnknownResourceError = hub.UnknownError
	// MissingRecordError is a record that is not there.
	MissingRecordError = hub.MissingError
	// WhereError is a where clause that cannot be read.
	WhereError = hub.WhereError
)

// Cause is why a provider's records could not be read.
type Cause int

// Causes of a ReadError.
const (
	CauseProvider    Cause = iota // its answer, or its adapter, makes no sense
	CauseCredentials              // it refuses the instance's credentials
	CauseMissing                  // it does not have what was asked for
	CauseLimit                    // it wants fewer requests
	CauseRequest                  // it does not take the request
	CauseTrouble                  // it is in trouble, or cannot be reached
	CauseTime                     // it took too long
	CauseStore                    // the store did not give what was needed; no fault of the provider
)

// ReadError is a provider whose records could not be read.
type ReadError struct {
	Element    string
	Kind       string // of poll.FaultError
	Message    string // the provider's own words, where it has some
	RetryAfter time.Duration
}

func (e *ReadError) Error() string { return fmt.Sprintf("%s: %s: %s", e.Element, e.Kind, e.Message) }

// Cause sorts the error for those who know nothing of polling.
func (e *ReadError) Cause() Cause {
	switch e.Kind {
	case sdk.FaultAuth:
		return CauseCredentials
	case sdk.FaultNotFound:
		return CauseMissing
	case sdk.FaultRateLimited, poll.KindPostponed:
		return CauseLimit
	case sdk.FaultInvalid:
		return CauseRequest
	case sdk.FaultTransient, poll.KindNetwork:
		return CauseTrouble
	case poll.KindTimeout:
		return CauseTime
	case poll.KindStore:
		return CauseStore
	}
	return CauseProvider
}

// readFault says why a read failed, without the instance's secrets.
func (e *Engine) readFault(ctx context.Context, in *live, m sdk.Manifest, err error) error {
	var (
		fault   *poll.FaultError
		missing *hub.MissingError
		invalid *instance.InvalidError
		page    *hub.PageError
		slow    *hub.SlowError
	)
	out := &ReadError{Element: m.Name}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &missing), errors.As(err, &invalid):
		return err
	case errors.As(err, &fault):
		out.Kind, out.Message, out.RetryAfter = kindOfFault(fault), fault.Message, fault.RetryAfter
	case errors.As(err, &page):
		out.Kind, out.Message = poll.KindAdapter, page.Message
	case errors.As(err, &slow):
		out.Kind, out.Message = poll.KindTimeout, slow.Message
	case errors.Is(err, context.DeadlineExceeded):
		out.Kind, out.Message = poll.KindTimeout, fmt.Sprintf("no answer within %v", readTime)
	default:
		return err
	}
	out.Message = e.scrub(ctx, in.ID, m, out.Message)
	return out
}

// kindOfFault tells apart what may be wrong with a request that got no answer: a reader asks again at another time.
func kindOfFault(fault *poll.FaultError) string {
	switch fault.Stopped {
	case egress.ErrTimeout:
		return poll.KindTimeout
	case egress.ErrLimited: // by the element's limits: nothing left the process
		return sdk.FaultRateLimited
	}
	return fault.Kind
}
