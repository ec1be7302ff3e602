package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// Names of the first organization and user until somebody changes them.
const (
	firstOrganization = "First organization"
	firstUser         = "First user"
)

// firstOwner makes the first organization and user, the server's admin, or brings their secrets in line with the configured ones. It returns
// the secrets it made, to be shown once. A configured secret brings back an admin of the server that was removed: who runs the server is
// never locked out of it.
func (e *Engine) firstOwner(ctx context.Context) (made Secrets, err error) {
	org, err := e.firstOf(ctx, kindOrganization)
	if err != nil {
		return made, err
	}
	user, err := e.firstOf(ctx, kindUser)
	if err != nil {
		return made, err
	}
	wanted := Secrets{e.config.OrganizationSecret, e.config.UserSecret}
	if wanted.User == "" {
		other, err := e.findOwner(ctx, store.Term{Name: kindUser, Value: "all"})
		if err != nil {
			return made, err
		}
		if other.ID != 0 { // somebody is there
			return made, e.storeFirst(ctx, org, user)
		}
		made = Secrets{randomHex(16), randomBase64(32)}
		wanted = made
	}
	now := e.config.Now()
	same := org.has(hashSecret(wanted.Organization), now) && user.has(hashSecret(wanted.User), now)
	if org.ID != 0 && !same {
		e.log.Warn("secrets of the first organization and user replaced by the configured ones")
	}
	if org.ID == 0 {
		org = owner{ID: randomID(), Name: firstOrganization, First: true, Created: now.UTC()}
	}
	if user.ID == 0 {
		user = owner{ID: randomID(), Name: firstUser, First: true, Created: now.UTC()}
	}
	if !same {
		org.replaceSecret(wanted.Organization)
		user.replaceSecret(wanted.User)
	}
	user.Organization, user.Role = org.ID, RoleServer
	return made, e.storeFirst(ctx, org, user)
}

// markFirst marks the first organization and user in a folder of before there were others.
func (e *Engine) markFirst(ctx context.Context) error {
	org, err := e.firstOf(ctx, kindOrganization)
	if err != nil {
		return err
	}
	user, err := e.firstOf(ctx, kindUser)
	if err != nil {
		return err
	}
	return e.storeFirst(ctx, org, user)
}

// firstOf reads the first organization or user. In a folder of before there were others, it is not marked as the first.
func (e *Engine) firstOf(ctx context.Context, kind string) (owner, error) {
	o, err := e.findOwner(ctx, store.Term{Name: kind, Value: "first"})
	if err != nil || o.ID != 0 {
		return o, err
	}
	o, err = e.findOwner(ctx, store.Term{Name: kind, Value: "all"})
	if err != nil || o.ID == 0 || !o.Created.IsZero() {
		return owner{}, err
	}
	o.First = true
	if o.Name = firstOrganization; kind == kindUser {
		o.Name, o.Role = firstUser, RoleServer
	}
	return o, nil
}

// storeFirst writes what has changed.
func (e *Engine) storeFirst(ctx context.Context, org, user owner) error {
	var changes []store.Change
	for kind, o := range map[string]owner{kindOrganization: org, kindUser: user} {
		if o.ID == 0 {
			continue
		}
		stored, err := e.owner(ctx, kind, o.ID)
		if err == nil && stored == o {
			continue
		}
		o.Format = ownerFormat
		put, err := o.put(kind)
		if err != nil {
			return err
		}
		changes = append(changes, store.Change{Puts: []store.Put{put}})
	}
	if len(changes) == 0 {
		return nil
	}
	outcomes, err := e.store.Commit(ctx, changes...)
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		if o.Err != nil {
			return fmt.Errorf("make the first organization and user: %w", o.Err)
		}
	}
	return nil
}

// replaceSecret has the owner known by this secret only, from now on.
func (o *owner) replaceSecret(secret string) {
	o.Secret, o.Older, o.Until = hashSecret(secret), "", time.Time{}
}
