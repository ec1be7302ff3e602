package engine

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pollwright/pollwright/engine/store"
)

// maxOwnerName is the most characters of the name of an organization or a user.
const maxOwnerName = 200

// RotatedSecret is the new secret of an organization or a user.
type RotatedSecret struct {
	Secret string    `json:"secret"`
	Until  time.Time `json:"until,omitzero"` // until then the one before is good too; zero: it is not
}

// notServer refuses what only a server's admin may do.
var notServer = &ForbiddenError{"only a user with the role server may do that"}

// sees reports whether a caller can see a user: to others there is no such user.
func (c Caller) sees(user owner) bool {
	switch c.Role {
	case RoleServer:
		return true
	case RoleAdmin:
		return user.Organization == c.Organization
	}
	return user.ID == c.User
}

// manages tells why a caller may not change a user that it sees; nil if it may. An organization's admin has no say over those of the server:
// with the secret of one it would be one.
func (c Caller) manages(user owner) error {
	switch {
	case c.Role == RoleServer, c.Role == RoleAdmin && user.Role != RoleServer:
		return nil
	case c.Role == RoleAdmin:
		return notServer
	}
	return &ForbiddenError{"only a user with the role admin may do that"}
}

// seesOrganization reports whether a caller can see an organization.
func (c Caller) seesOrganization(id int64) bool { return c.Role == RoleServer || c.Organization == id }

// managesOrganization tells why a caller may not change an organization that it sees; nil if it may.
func (c Caller) managesOrganization() error {
	if !c.admin() {
		return &ForbiddenError{"only a user with the role admin may do that"}
	}
	return nil
}

func (c Caller) admin() bool { return c.Role == RoleAdmin || c.Role == RoleServer }

// checkOwnerName trims a name and refuses what cannot be shown on a line.
func checkOwnerName(name string, faults *faultList) string {
	name = strings.TrimSpace(name)
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		faults.add("name", "is required: a text of 1 to %d characters", maxOwnerName)
	case n > maxOwnerName:
		faults.add("name", "should have at most %d characters, has %d", maxOwnerName, n)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		faults.add("name", "should have printable characters only")
	}
	return name
}

// configured refuses to change by hand what the next start would change back.
func (e *Engine) configured(o owner, kind string) error {
	if !o.First || e.config.UserSecret == "" {
		return nil
	}
	return &ConflictError{"the server's configuration sets the secret of the first " + kind + ": change it there and start the server again, or take it out"}
}

// rotateOwner gives an owner a new secret. The one before is good too until the overlap is over; "" and "0s" end it at once.
func (e *Engine) rotateOwner(ctx context.Context, kind string, o owner, fresh, overlap string) (RotatedSecret, error) {
	if overlap == "" {
		overlap = "0s"
	}
	length, err := parseOverlap(overlap)
	if err != nil {
		return RotatedSecret{}, err
	}
	if err := e.configured(o, kind); err != nil {
		return RotatedSecret{}, err
	}
	older := o.Secret
	o.replaceSecret(fresh)
	if length > 0 {
		o.Older, o.Until = older, e.config.Now().Add(length).UTC().Truncate(time.Millisecond)
	}
	return RotatedSecret{fresh, o.Until}, e.storeOwner(ctx, kind, o)
}

// removeOwner deletes an owner that was read.
func (e *Engine) removeOwner(ctx context.Context, kind string, o owner) error {
	_, err := store.One(e.store.Commit(ctx, store.Change{Puts: []store.Put{{Key: ownerKey(kind, o.ID), Expect: o.version}}}))
	return err
}

// pageOfOwners reads up to n owners that carry a term after a cursor ("" = from the first), and the cursor of the next page ("" = none).
func (e *Engine) pageOfOwners(ctx context.Context, kind string, term store.Term, cursor string, n int) (list []owner, next string, err error) {
	after := store.Key{}
	if cursor != "" {
		id, err := parseID(cursor)
		if err != nil {
			return nil, "", invalid("nextPage", "is not a page token of this service")
		}
		after = ownerKey(kind, id)
	}
	keys, err := e.store.Find(ctx, term, after, n+1)
	if err != nil {
		return nil, "", err
	}
	if len(keys) > n {
		keys, next = keys[:n], idOf(keys[n-1])
	}
	records, err := e.store.Get(ctx, keys...)
	if err != nil {
		return nil, "", err
	}
	for _, rec := range records {
		if rec.Version == 0 { // removed meanwhile
			continue
		}
		o, err := readOwner(rec)
		if err != nil {
			return nil, "", err
		}
		list = append(list, o)
	}
	return list, next, nil
}

// noteOwner enters a change of an organization or a user into the log of the organization it is of, where another organization's caller is
// "server", and into that of the caller.
func (e *Engine) noteOwner(ctx context.Context, caller Caller, organization int64, action, subject, detail string) {
	if caller.Organization != 0 {
		e.note(ctx, caller, action, subject, detail)
	}
	if caller.Organization != organization {
		e.note(ctx, Caller{Organization: organization, From: "server", Request: caller.Request}, action, subject, detail)
	}
}
