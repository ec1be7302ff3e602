package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
)

// admin makes an organization with an admin, and returns the admin as a caller, with its secrets.
func (w *world) admin(name string) (engine.Caller, engine.Secrets) {
	w.t.Helper()
	o, err := w.engine.CreateOrganization(context.Background(), w.caller, name)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.user(w.caller, engine.UserDraft{Name: name, Role: engine.RoleAdmin, Organization: o.ID}, o.Secret)
}

func (w *world) user(by engine.Caller, draft engine.UserDraft, organization string) (engine.Caller, engine.Secrets) {
	w.t.Helper()
	u, err := w.engine.CreateUser(context.Background(), by, draft)
	if err != nil {
		w.t.Fatal(err)
	}
	secrets := engine.Secrets{Organization: organization, User: u.Secret}
	caller, err := w.engine.Authenticate(context.Background(), secrets)
	if err != nil || caller.User != u.ID || caller.Organization != u.Organization || caller.Role != u.Role {
		w.t.Fatalf("%+v logs in as %+v: %v", u, caller, err)
	}
	return caller, secrets
}

// refusedAs fails unless an error is a conflict, or of a role, that says a text.
func refusedAs[E error](t *testing.T, what string, err error, says string) {
	t.Helper()
	var want E
	if !errors.As(err, &want) || !strings.Contains(err.Error(), says) {
		t.Errorf("%s: %v, want %T with %q", what, err, want, says)
	}
}

// unconfigured is a world whose secrets are only in its folder.
func unconfigured(t *testing.T) *world {
	w := setup(t)
	w.stop()
	w.config.OrganizationSecret, w.config.UserSecret = "", ""
	w.start()
	return w
}

func TestAdminsAreNotLost(t *testing.T) {
	t.Parallel()
	w, ctx := unconfigured(t), context.Background()
	role := func(r engine.Role) engine.UserChange { return engine.UserChange{Role: &r} }
	refusedAs[*engine.ConflictError](t, "remove the only user", w.engine.RemoveUser(ctx, w.caller, w.caller.User), "last user with the role server")
	_, err := w.engine.ChangeUser(ctx, w.caller, w.caller.User, role(engine.RoleAdmin))
	refusedAs[*engine.ConflictError](t, "demote the only user", err, "last user with the role server")
	refusedAs[*engine.ConflictError](t, "remove its organization", w.engine.RemoveOrganization(ctx, w.caller, w.caller.Organization), "has the role server")

	ann, _ := w.admin("Acme")
	_, err = w.engine.ChangeUser(ctx, ann, ann.User, role(engine.RoleUser))
	refusedAs[*engine.ConflictError](t, "demote the last admin", err, "last admin of its organization")
	if _, err := w.engine.ChangeUser(ctx, w.caller, ann.User, role(engine.RoleServer)); err != nil {
		t.Fatal(err)
	}
	if ann.Role = engine.RoleServer; w.engine.RemoveUser(ctx, ann, w.caller.User) == nil {
		t.Error("the last admin of the first organization is removed")
	}
	if _, err := w.engine.ChangeUser(ctx, ann, w.caller.User, role(engine.RoleAdmin)); err != nil {
		t.Errorf("there is another one, and the first user stays an admin: %v", err)
	}
	// Who runs the server gets it back.
	w.stop()
	w.config.OrganizationSecret, w.config.UserSecret = "org-secret", "user-secret"
	w.start()
	if w.caller.Role != engine.RoleServer {
		t.Errorf("the configured user is %+v", w.caller)
	}
	_, err = w.engine.RotateUserSecret(ctx, w.caller, w.caller.User, "")
	refusedAs[*engine.ConflictError](t, "rotate a configured secret", err, "configuration")
}

// An admin of the organization that the server's admin is in, too, is not on the way to its role.
func TestAdminIsNotTheServers(t *testing.T) {
	t.Parallel()
	w, ctx := unconfigured(t), context.Background()
	eve, _ := w.user(w.caller, engine.UserDraft{Name: "Eve", Role: engine.RoleAdmin}, "org-secret")
	server, name := engine.RoleServer, "x"
	_, err := w.engine.RotateUserSecret(ctx, eve, w.caller.User, "")
	refusedAs[*engine.ForbiddenError](t, "rotate", err, "role server")
	_, err = w.engine.ChangeUser(ctx, eve, eve.User, engine.UserChange{Role: &server})
	refusedAs[*engine.ForbiddenError](t, "promote oneself", err, "role server")
	_, err = w.engine.ChangeUser(ctx, eve, w.caller.User, engine.UserChange{Name: &name})
	refusedAs[*engine.ForbiddenError](t, "rename", err, "role server")
	_, err = w.engine.CreateUser(ctx, eve, engine.UserDraft{Name: "Eva", Role: server})
	refusedAs[*engine.ForbiddenError](t, "make", err, "role server")
	refusedAs[*engine.ForbiddenError](t, "remove", w.engine.RemoveUser(ctx, eve, w.caller.User), "role server")
	_, err = w.engine.CreateOrganization(ctx, eve, "Eve's")
	refusedAs[*engine.ForbiddenError](t, "make an organization", err, "role server")
}

func TestOlderSecretIsGoodForTheOverlap(t *testing.T) {
	t.Parallel()
	now := time.Now()
	clock := func() time.Time { return now }
	w, ctx := setup(t, func(c *engine.Config) { c.Now = func() time.Time { return clock() } }), context.Background()
	ann, secrets := w.admin("Acme")
	made, err := w.engine.RotateUserSecret(ctx, ann, ann.User, "1h")
	if err != nil || made.Until.Sub(now.Add(time.Hour)).Abs() > time.Second {
		t.Fatalf("%+v, %v", made, err)
	}
	renewed := engine.Secrets{Organization: secrets.Organization, User: made.Secret}
	for _, s := range []engine.Secrets{secrets, renewed} {
		if _, err := w.engine.Authenticate(ctx, s); err != nil {
			t.Errorf("within the overlap: %v", err)
		}
	}
	w.stop()
	now = now.Add(2 * time.Hour)
	w.start()
	if _, err := w.engine.Authenticate(ctx, secrets); !errors.Is(err, engine.ErrUnauthorized) {
		t.Errorf("the old secret after the overlap: %v", err)
	}
	if _, err := w.engine.Authenticate(ctx, renewed); err != nil {
		t.Errorf("the new secret after the overlap: %v", err)
	}
}

// An instance is not made in an organization that is gone, and one that has instances does not go.
func TestOrganizationWithInstancesStays(t *testing.T) {
	t.Parallel()
	w, ctx := setup(t), context.Background()
	ann, secrets := w.admin("Acme")
	in, err := w.engine.CreateInstance(ctx, ann, w.body("icontact", nil))
	if err != nil {
		t.Fatal(err)
	}
	refusedAs[*engine.ConflictError](t, "remove", w.engine.RemoveOrganization(ctx, w.caller, ann.Organization), "has instances")
	bob, _ := w.user(ann, engine.UserDraft{Name: "Bob"}, secrets.Organization)
	if err := w.engine.RemoveUser(ctx, ann, bob.User); err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine.CreateInstance(ctx, bob, w.body("icontact", nil)); !errors.Is(err, engine.ErrUnauthorized) {
		t.Errorf("an instance of a user that was removed: %v", err)
	}
	if err := w.engine.DeleteInstance(ctx, ann, in.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.engine.RemoveOrganization(ctx, w.caller, ann.Organization); err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine.CreateInstance(ctx, ann, w.body("icontact", nil)); !errors.Is(err, engine.ErrUnauthorized) {
		t.Errorf("an instance of no organization: %v", err)
	}
	if _, err := w.engine.Authenticate(ctx, secrets); !errors.Is(err, engine.ErrUnauthorized) {
		t.Errorf("a user of no organization: %v", err)
	}
}

// A folder of before there were other users has one, who is the server's admin; nobody else ever becomes it by a start.
func TestFirstUserOfAnOlderFolder(t *testing.T) {
	t.Parallel()
	w, ctx := unconfigured(t), context.Background()
	w.stop()
	e, err := engine.New(ctx, w.config)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(e.AgeOwners(ctx), e.Close(ctx)); err != nil {
		t.Fatal(err)
	}
	w.start()
	if w.caller.Role != engine.RoleServer {
		t.Fatalf("the only user is %+v", w.caller)
	}
	list, _, err := w.engine.Users(ctx, w.caller, 0, "", 10)
	if err != nil || len(list) != 1 || list[0].Name == "" {
		t.Errorf("users %+v, %v", list, err)
	}
	ann, secrets := w.admin("Acme")
	w.stop()
	w.start()
	if again, err := w.engine.Authenticate(ctx, secrets); err != nil || again != ann {
		t.Errorf("after a start Ann is %+v, %v", again, err)
	}
	if made := w.engine.Made(); made != (engine.Secrets{}) {
		t.Error("the second start made secrets")
	}
}
