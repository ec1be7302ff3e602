package engine_test

import (
	"context"
	"errors"
	"testing"

	"github.com/pollwright/pollwright/engine"
)

func TestTokenTellsTheOrganization(t *testing.T) {
	t.Parallel()
	w := setup(t)
	ctx := context.Background()
	in := w.create(w.body("icontact", nil))
	if caller, err := w.engine.AuthenticateByToken(ctx, "user-secret", in.Token); err != nil || caller.Organization != w.caller.Organization || caller.User != w.caller.User {
		t.Errorf("got %+v, %v, want %+v", caller, err, w.caller)
	}
	for name, pair := range map[string][2]string{
		"another user": {"other", in.Token}, "another token": {"user-secret", in.Token + "="}, "no user": {"", in.Token}, "no token": {"user-secret", ""},
		"the organization's secret": {"org-secret", in.Token},
	} {
		if caller, err := w.engine.AuthenticateByToken(ctx, pair[0], pair[1]); !errors.Is(err, engine.ErrUnauthorized) || caller != (engine.Caller{}) {
			t.Errorf("%s: %+v, %v", name, caller, err)
		}
	}
	if err := w.engine.DeleteInstance(ctx, w.caller, in.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine.AuthenticateByToken(ctx, "user-secret", in.Token); !errors.Is(err, engine.ErrUnauthorized) {
		t.Errorf("the token of a deleted instance: %v", err)
	}
}
