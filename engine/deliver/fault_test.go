package deliver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/engine/egress"
)

func TestFaultsAndWhomTheyCountAgainst(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		header string // Retry-After
		err    error
		fault  Fault
		blame  blame
	}{
		{err: egress.ErrDial, fault: FaultConnect, blame: onCallback},
		{err: egress.ErrDNS, fault: FaultConnect, blame: onCallback},
		{err: egress.ErrRefused, fault: FaultConnect, blame: onCallback},
		{err: errors.New("anything else"), fault: FaultConnect, blame: onCallback},
		{err: egress.ErrTLS, fault: FaultTLS, blame: onCallback},
		{err: egress.ErrTimeout, fault: FaultTimeout, blame: onEither},
		{err: fmt.Errorf("post: %w", context.DeadlineExceeded), fault: FaultTimeout, blame: onEither},
		{err: egress.ErrReset, fault: FaultReset, blame: onEither},
		{err: egress.ErrTooLarge, fault: FaultOversized, blame: onEither},
		{err: egress.ErrProtocol, fault: FaultProtocol, blame: onEither},
		{err: egress.ErrInvalid, fault: FaultRequest, blame: onNotification},
		{status: 301, fault: FaultStatus, blame: onCallback},
		{status: 400, fault: FaultStatus, blame: onNotification},
		{status: 401, fault: FaultStatus, blame: onNotification},
		{status: 404, fault: FaultStatus, blame: onNotification},
		{status: 410, fault: FaultStatus, blame: onCallback},
		{status: 413, fault: FaultStatus, blame: onNotification},
		{status: 429, fault: FaultStatus, blame: onCallback},
		{status: 500, fault: FaultStatus, blame: onEither},
		{status: 503, fault: FaultStatus, blame: onEither},
		{status: 503, header: "5", fault: FaultStatus, blame: onCallback},
	} {
		a := Attempt{Status: c.status, Fault: FaultStatus}
		if c.err != nil {
			a.Fault = faultOf(c.err)
		}
		h := http.Header{}
		if c.header != "" {
			h.Set("Retry-After", c.header)
		}
		if got := a.blame(Answer{Status: c.status, Header: h}); a.Fault != c.fault || got != c.blame {
			t.Errorf("%d %v: %q counts against %d, want %q and %d", c.status, c.err, a.Fault, got, c.fault, c.blame)
		}
	}
}

func TestErrorsOfTheGuardedClientLoseTheAddress(t *testing.T) {
	t.Parallel()
	err := bare(fmt.Errorf("post: %w", &egress.Error{Kind: egress.ErrDial, Method: "POST", URL: "https://x/hush", Detail: "refused"}))
	if !errors.Is(err, egress.ErrDial) || strings.Contains(err.Error(), "hush") || !strings.Contains(err.Error(), "refused") {
		t.Errorf("error: %v", err)
	}
}
