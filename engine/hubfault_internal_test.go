package engine

import (
	"context"
	"errors"
	"testing"

	"github.com/pollwright/pollwright/engine/egress"
	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/sdk"
)

// What a reader is told of a request without an answer.
func TestCauseOfNetworkFaults(t *testing.T) {
	t.Parallel()
	for kind, want := range map[egress.Kind]Cause{
		egress.ErrTimeout: CauseTime, egress.ErrLimited: CauseLimit, egress.ErrDial: CauseTrouble, egress.ErrReset: CauseTrouble,
	} {
		var fault *poll.FaultError
		if !errors.As(networkFault(context.Background(), &egress.Error{Kind: kind}), &fault) {
			t.Fatalf("%s: %+v", kind, fault)
		}
		if got := (&ReadError{Kind: kindOfFault(fault)}).Cause(); got != want {
			t.Errorf("%s: cause %d, want %d", kind, got, want)
		}
	}
	if got := (&ReadError{Kind: sdk.FaultAuth}).Cause(); got != CauseCredentials {
		t.Errorf("refused credentials: cause %d", got)
	}
}
