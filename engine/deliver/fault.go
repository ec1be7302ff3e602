package deliver

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/pollwright/pollwright/engine/egress"
)

// Fault is a word for what kept an attempt from being delivered, for logs of attempts and metrics.
type Fault string

// The faults of attempts. The zero value is none.
const (
	FaultConnect   Fault = "connect"            // no connection: refused, no route, a name without address, an address that is not allowed
	FaultTLS       Fault = "tls"                // handshake or certificate
	FaultTimeout   Fault = "timeout"            // no whole answer in time
	FaultReset     Fault = "reset"              // the connection ended before the answer did
	FaultOversized Fault = "oversized answer"   // header or body above the client's cap
	FaultProtocol  Fault = "not an HTTP answer" // the answer could not be read
	FaultRequest   Fault = "invalid request"    // the request itself could not be sent; nothing left the process
	FaultStatus    Fault = "status"             // an answer other than 2xx
)

// faultOf names why there is no answer. An error that the guarded client does not know is taken for a failure to connect.
func faultOf(err error) Fault {
	for _, known := range []struct {
		is    error
		fault Fault
	}{
		{egress.ErrTimeout, FaultTimeout}, {egress.ErrLimited, FaultTimeout}, {egress.ErrTLS, FaultTLS}, {egress.ErrReset, FaultReset},
		{egress.ErrTooLarge, FaultOversized}, {egress.ErrProtocol, FaultProtocol}, {egress.ErrInvalid, FaultRequest},
		{egress.ErrDial, FaultConnect}, {egress.ErrDNS, FaultConnect}, {egress.ErrRefused, FaultConnect},
		{context.DeadlineExceeded, FaultTimeout},
	} {
		if errors.Is(err, known.is) {
			return known.fault
		}
	}
	return FaultConnect
}

// blame says whom a failed attempt counts against.
type blame int

const (
	onCallback     blame = iota // it is down, or wants us to go slower
	onNotification              // it refuses this one
	onEither                    // it depends on how the others fare
)

// blame is what an attempt says by itself. Redirects are not followed: who moves a callback moves it for all.
func (a Attempt) blame(answer Answer) blame {
	switch a.Fault {
	case FaultConnect, FaultTLS:
		return onCallback
	case FaultRequest:
		return onNotification
	case FaultStatus:
		switch status := a.Status; {
		case status == http.StatusGone || status == http.StatusTooManyRequests || status < 400:
			return onCallback
		case status == http.StatusServiceUnavailable && answer.Header.Get("Retry-After") != "":
			return onCallback
		case status < 500:
			return onNotification
		}
	}
	return onEither
}

// bare takes the address off an error: a callback's URL can hold a secret, and errors are logged.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	if e, ok := errors.AsType[*egress.Error](err); ok {
		without := *e
		without.URL = ""
		return &without
	}
	return err
}
