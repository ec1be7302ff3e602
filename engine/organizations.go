package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// Organization owns instances. Its users see nothing of the others'.
type Organization struct {
	ID      int64     `json:"id"`
	Name    string    `json:"name"`
	Created time.Time `json:"createdDate,omitzero"` // zero: before this was kept
	Secret  string    `json:"secret,omitempty"`     // only CreateOrganization tells it
}

func (o owner) organization() Organization {
	return Organization{ID: o.ID, Name: o.Name, Created: o.Created}
}

func ofOrganization(id int64) string { return "organizations/" + idText(id) }

// CreateOrganization makes an organization, without a user, and shows its secret, this once. Errors: *ForbiddenError, *instance.InvalidError.
func (e *Engine) CreateOrganization(ctx context.Context, caller Caller, name string) (Organization, error) {
	if caller.Role != RoleServer {
		return Organization{}, notServer
	}
	var faults faultList
	name = checkOwnerName(name, &faults)
	if err := faults.err(); err != nil {
		return Organization{}, err
	}
	secret := randomHex(16)
	o := owner{Format: ownerFormat, Name: name, Secret: hashSecret(secret), Created: e.config.Now().UTC().Truncate(time.Second)}
	if err := e.storeNewOwner(ctx, kindOrganization, &o); err != nil {
		return Organization{}, err
	}
	e.noteOwner(ctx, caller, o.ID, "organization.create", ofOrganization(o.ID), name)
	made := o.organization()
	made.Secret = secret
	return made, nil
}

// Organizations lists up to n organizations that the caller can see, after a cursor ("" = from the first), and the cursor of the next page
// ("" = none): all of them to a server's admin, else the caller's own.
func (e *Engine) Organizations(ctx context.Context, caller Caller, cursor string, n int) (list []Organization, next string, err error) {
	if caller.Role != RoleServer {
		own, err := e.Organization(ctx, caller, caller.Organization)
		return []Organization{own}, "", err
	}
	owners, next, err := e.pageOfOwners(ctx, kindOrganization, store.Term{Name: kindOrganization, Value: "all"}, cursor, n)
	for _, o := range owners {
		list = append(list, o.organization())
	}
	return list, next, err
}

// Organization returns one that the caller can see, or ErrNotFound.
func (e *Engine) Organization(ctx context.Context, caller Caller, id int64) (Organization, error) {
	if !caller.seesOrganization(id) {
		return Organization{}, ErrNotFound
	}
	o, err := e.owner(ctx, kindOrganization, id)
	return o.organization(), err
}

// RenameOrganization gives it another name. Errors: ErrNotFound, *ForbiddenError, *instance.InvalidError.
func (e *Engine) RenameOrganization(ctx context.Context, caller Caller, id int64, name string) (Organization, error) {
	e.owners.Lock()
	defer e.owners.Unlock()
	o, err := e.managedOrganization(ctx, caller, id)
	if err != nil {
		return Organization{}, err
	}
	var faults faultList
	o.Name = checkOwnerName(name, &faults)
	if err := faults.err(); err != nil {
		return Organization{}, err
	}
	if err := e.storeOwner(ctx, kindOrganization, o); err != nil {
		return Organization{}, err
	}
	e.noteOwner(ctx, caller, id, "organization.update", ofOrganization(id), o.Name)
	return o.organization(), nil
}

// RotateOrganizationSecret makes a new secret and shows it, this once. The one before ends at once, for all its users, or after an overlap
// like "1h" of at most 30 days. Errors: ErrNotFound, *ForbiddenError, *ConflictError, *instance.InvalidError.
func (e *Engine) RotateOrganizationSecret(ctx context.Context, caller Caller, id int64, overlap string) (RotatedSecret, error) {
	e.owners.Lock()
	defer e.owners.Unlock()
	o, err := e.managedOrganization(ctx, caller, id)
	if err != nil {
		return RotatedSecret{}, err
	}
	made, err := e.rotateOwner(ctx, kindOrganization, o, randomHex(16), overlap)
	if err != nil {
		return RotatedSecret{}, err
	}
	e.noteOwner(ctx, caller, id, "organization.rotate", ofOrganization(id), "")
	return made, nil
}

// RemoveOrganization removes an organization with its users. It must have no instance and no admin of the server. Errors: ErrNotFound,
// *ForbiddenError, *ConflictError.
func (e *Engine) RemoveOrganization(ctx context.Context, caller Caller, id int64) error {
	if !caller.seesOrganization(id) {
		return ErrNotFound
	}
	if caller.Role != RoleServer {
		return notServer
	}
	e.owners.Lock()
	defer e.owners.Unlock()
	o, err := e.owner(ctx, kindOrganization, id)
	if err != nil {
		return err
	}
	found, err := e.store.Find(ctx, store.Term{Name: "instance-organization", Value: idText(id)}, store.Key{}, 1)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return &ConflictError{fmt.Sprintf("the organization has instances, like %s: delete them first", idOf(found[0]))}
	}
	users, err := e.members(ctx, id)
	if err != nil {
		return err
	}
	for _, u := range users {
		if u.Role == RoleServer {
			return &ConflictError{fmt.Sprintf("its user %d (%s) has the role server: remove it, or change its role, first", u.ID, u.Name)}
		}
	}
	ctx = context.WithoutCancel(ctx)
	for _, u := range users { // before the organization: cut short, it can be removed again
		if err := e.removeOwner(ctx, kindUser, u); err != nil {
			return err
		}
	}
	if err := e.removeOwner(ctx, kindOrganization, o); err != nil {
		return err
	}
	e.noteOwner(ctx, caller, id, "organization.remove", ofOrganization(id), o.Name)
	return nil
}

// managedOrganization reads one that the caller may change.
func (e *Engine) managedOrganization(ctx context.Context, caller Caller, id int64) (owner, error) {
	if !caller.seesOrganization(id) {
		return owner{}, ErrNotFound
	}
	o, err := e.owner(ctx, kindOrganization, id)
	if err != nil {
		return owner{}, err
	}
	return o, caller.managesOrganization()
}
