package engine

import (
	"context"
	"slices"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// User is somebody, or some program, that uses the instances of an organization.
type User struct {
	ID           int64     `json:"id"`
	Organization int64     `json:"organizationId"`
	Name         string    `json:"name"`
	Role         Role      `json:"role"`
	Created      time.Time `json:"createdDate,omitzero"` // zero: before this was kept
	Secret       string    `json:"secret,omitempty"`     // only CreateUser tells it
}

func (o owner) user() User {
	return User{ID: o.ID, Organization: o.Organization, Name: o.Name, Role: o.Role, Created: o.Created}
}

// UserDraft is what a new user should be, and UserChange what is to become of one; a nil field stays.
type (
	UserDraft struct {
		Name         string `json:"name"`
		Role         Role   `json:"role"`           // "" = RoleUser
		Organization int64  `json:"organizationId"` // 0 = the caller's
	}
	UserChange struct {
		Name *string `json:"name"`
		Role *Role   `json:"role"`
	}
)

func ofUser(id int64) string { return "users/" + idText(id) }

// CreateUser makes a user and shows its secret, this once. Errors: *ForbiddenError, *instance.InvalidError.
func (e *Engine) CreateUser(ctx context.Context, caller Caller, draft UserDraft) (User, error) {
	if err := caller.managesOrganization(); err != nil {
		return User{}, err
	}
	if draft.Organization == 0 {
		draft.Organization = caller.Organization
	}
	if draft.Role == "" {
		draft.Role = RoleUser
	}
	e.owners.Lock() // so that its organization is not removed meanwhile
	defer e.owners.Unlock()
	var faults faultList
	name := checkOwnerName(draft.Name, &faults)
	checkRole(draft.Role, &faults)
	if _, err := e.Organization(ctx, caller, draft.Organization); err != nil {
		faults.add("organizationId", "is not the id of an organization that you can see: %d", draft.Organization)
	}
	if err := faults.err(); err != nil {
		return User{}, err
	}
	if draft.Role == RoleServer && caller.Role != RoleServer {
		return User{}, notServer
	}
	secret := randomBase64(32)
	o := owner{
		Format: ownerFormat, Name: name, Organization: draft.Organization, Role: draft.Role, Secret: hashSecret(secret),
		Created: e.config.Now().UTC().Truncate(time.Second),
	}
	if err := e.storeNewOwner(ctx, kindUser, &o); err != nil {
		return User{}, err
	}
	e.noteOwner(ctx, caller, o.Organization, "user.create", ofUser(o.ID), name+", role "+string(o.Role))
	made := o.user()
	made.Secret = secret
	return made, nil
}

func checkRole(role Role, faults *faultList) {
	if !slices.Contains([]Role{RoleUser, RoleAdmin, RoleServer}, role) {
		faults.add("role", "should be user, admin (of its organization) or server (of all), is %q", short(string(role)))
	}
}

// Users lists up to n users that the caller can see, after a cursor ("" = from the first), and the cursor of the next page ("" = none).
// organization 0 is all. A user without a further role sees itself.
func (e *Engine) Users(ctx context.Context, caller Caller, organization int64, cursor string, n int) (list []User, next string, err error) {
	term := store.Term{Name: "user-organization", Value: idText(organization)}
	switch {
	case organization != 0 && !caller.seesOrganization(organization):
		return nil, "", nil
	case !caller.admin():
		own, err := e.User(ctx, caller, caller.User)
		return []User{own}, "", err
	case organization == 0 && caller.Role == RoleServer:
		term = store.Term{Name: kindUser, Value: "all"}
	case organization == 0:
		term.Value = idText(caller.Organization)
	}
	owners, next, err := e.pageOfOwners(ctx, kindUser, term, cursor, n)
	for _, o := range owners {
		list = append(list, o.user())
	}
	return list, next, err
}

// User returns one that the caller can see, or ErrNotFound.
func (e *Engine) User(ctx context.Context, caller Caller, id int64) (User, error) {
	o, err := e.seenUser(ctx, caller, id)
	return o.user(), err
}

// ChangeUser gives a user another name or role. Errors: ErrNotFound, *ForbiddenError, *ConflictError, *instance.InvalidError.
func (e *Engine) ChangeUser(ctx context.Context, caller Caller, id int64, change UserChange) (User, error) {
	e.owners.Lock()
	defer e.owners.Unlock()
	o, err := e.managedUser(ctx, caller, id)
	if err != nil {
		return User{}, err
	}
	was := o.Role
	var faults faultList
	if change.Name != nil {
		o.Name = checkOwnerName(*change.Name, &faults)
	}
	if change.Role != nil {
		checkRole(*change.Role, &faults)
		o.Role = *change.Role
	}
	if err := faults.err(); err != nil {
		return User{}, err
	}
	if was != o.Role {
		if err := e.mayChangeRole(ctx, caller, o, was); err != nil {
			return User{}, err
		}
	}
	if err := e.storeOwner(ctx, kindUser, o); err != nil {
		return User{}, err
	}
	e.noteOwner(ctx, caller, o.Organization, "user.update", ofUser(id), o.Name+", role "+string(o.Role))
	return o.user(), nil
}

func (e *Engine) mayChangeRole(ctx context.Context, caller Caller, o owner, was Role) error {
	if o.Role == RoleServer && caller.Role != RoleServer {
		return notServer
	}
	if err := e.configured(o, kindUser); err != nil { // the next start makes it the server's admin again
		return err
	}
	before := o
	before.Role = was
	if o.Role == RoleServer || was == RoleUser {
		return nil // it may do more than before
	}
	return e.notLast(ctx, before, o.Role)
}

// RotateUserSecret makes a new secret and shows it, this once. The one before ends at once, or after an overlap like "1h" of at most 30 days.
// Every user may do so with its own. Errors: ErrNotFound, *ForbiddenError, *ConflictError, *instance.InvalidError.
func (e *Engine) RotateUserSecret(ctx context.Context, caller Caller, id int64, overlap string) (RotatedSecret, error) {
	e.owners.Lock()
	defer e.owners.Unlock()
	o, err := e.seenUser(ctx, caller, id)
	if err == nil && id != caller.User {
		err = caller.manages(o)
	}
	if err != nil {
		return RotatedSecret{}, err
	}
	made, err := e.rotateOwner(ctx, kindUser, o, randomBase64(32), overlap)
	if err != nil {
		return RotatedSecret{}, err
	}
	e.noteOwner(ctx, caller, o.Organization, "user.rotate", ofUser(id), "")
	return made, nil
}

// RemoveUser removes a user; its instances stay their organization's. Errors: ErrNotFound, *ForbiddenError, *ConflictError.
func (e *Engine) RemoveUser(ctx context.Context, caller Caller, id int64) error {
	e.owners.Lock()
	defer e.owners.Unlock()
	o, err := e.managedUser(ctx, caller, id)
	if err != nil {
		return err
	}
	if err := e.configured(o, kindUser); err != nil {
		return err
	}
	if err := e.notLast(ctx, o, ""); err != nil {
		return err
	}
	if err := e.removeOwner(ctx, kindUser, o); err != nil {
		return err
	}
	e.noteOwner(ctx, caller, o.Organization, "user.remove", ofUser(id), o.Name)
	return nil
}

// notLast refuses to take the last admin from the server, or from an organization. role is what the user would have then; "" = none.
func (e *Engine) notLast(ctx context.Context, o owner, role Role) error {
	if o.Role == RoleServer {
		others, err := e.store.Find(ctx, store.Term{Name: "user-role", Value: string(RoleServer)}, store.Key{}, 2)
		if err != nil {
			return err
		}
		if len(others) < 2 {
			return &ConflictError{"it is the last user with the role server, without whom nobody can manage the server: give that role to another one first"}
		}
	}
	if o.Role == RoleUser || role == RoleAdmin {
		return nil
	}
	users, err := e.members(ctx, o.Organization)
	if err != nil {
		return err
	}
	for _, u := range users {
		if u.ID != o.ID && u.Role != RoleUser {
			return nil
		}
	}
	return &ConflictError{"it is the last admin of its organization: give that role to another user of it first, or remove the organization"}
}

// members reads all users of an organization.
func (e *Engine) members(ctx context.Context, organization int64) (all []owner, err error) {
	err = e.each(ctx, store.Term{Name: "user-organization", Value: idText(organization)}, func(rec store.Record) error {
		o, err := readOwner(rec)
		all = append(all, o)
		return err
	})
	return all, err
}

func (e *Engine) seenUser(ctx context.Context, caller Caller, id int64) (owner, error) {
	o, err := e.owner(ctx, kindUser, id)
	if err == nil && !caller.sees(o) {
		err = ErrNotFound
	}
	if err != nil {
		return owner{}, err
	}
	return o, nil
}

// managedUser reads a user that the caller may change.
func (e *Engine) managedUser(ctx context.Context, caller Caller, id int64) (owner, error) {
	o, err := e.seenUser(ctx, caller, id)
	if err == nil {
		err = caller.manages(o)
	}
	return o, err
}
