package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pollwright/pollwright/engine/credential"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/store"
)

// updateTries is how often a change is tried anew because something else, a poll or a refresh of tokens, was stored meanwhile.
const updateTries = 50

// UpdateInstance changes an instance by a body: merged over what it is, or, if full, in place of it. What the polls know of a resource is kept
// unless it would mean something else; the warnings of the result name the resources that begin anew. The change is one commit, and holds from
// then on: for the next polls, and for what waits to be delivered. Errors: those of CreateInstance, ErrNotFound.
func (e *Engine) UpdateInstance(ctx context.Context, caller Caller, id int64, body []byte, full bool) (*Instance, error) {
	if _, err := e.Instance(ctx, caller, id); err != nil {
		return nil, err
	}
	u := &update{Engine: e, caller: caller, body: body, full: full}
	for range updateTries {
		err := u.try(ctx, id)
		if errors.Is(err, store.ErrConflict) {
			continue
		}
		if err != nil {
			return nil, err
		}
		view, err := e.Instance(ctx, caller, id)
		if err != nil {
			return nil, err
		}
		view.Warnings = u.warnings
		return view, nil
	}
	return nil, fmt.Errorf("change instance %d: %w", id, store.ErrConflict)
}

// update is a change under way. What it got from the provider is kept over its tries: a code is good once.
type update struct {
	*Engine
	caller   Caller
	body     []byte
	full     bool
	tokens   *credential.Tokens
	got      bool // the tokens
	warnings []instance.Problem
}

// try makes the change once; store.ErrConflict if something was stored since it read.
func (u *update) try(ctx context.Context, id int64) error {
	u.lives.forget(id)
	old, err := u.lives.get(ctx, id)
	if err != nil {
		return err
	}
	if old.Organization != u.caller.Organization {
		return ErrNotFound
	}
	el, err := u.Element(old.Instance.Element)
	if err != nil {
		return &ConflictError{fmt.Sprintf("there is no adapter for %s now, so that a change cannot be checked; it can be deleted", old.Instance.Element)}
	}
	own, err := u.credentials.Load(ctx, credentialRef(idText(id)))
	if err != nil {
		return err
	}
	amended, err := u.amend(old, el, own)
	if err != nil {
		return err
	}
	made, err := instance.New(amended.Draft, el.Manifest, u.config.Now())
	if err != nil {
		return err
	}
	inherit(made.Instance, old.Instance)
	u.warnings = amended.Own(made.Warnings)
	next, err := u.grant(ctx, made, old, el, own)
	if err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // a code is spent by now
	release, renewed, err := u.share(ctx, made, &next, old)
	defer release()
	if err != nil {
		return err
	}
	if err := u.commit(ctx, made.Instance, old, el, own, next); err != nil {
		return err
	}
	release()
	u.note(ctx, u.caller, "instance.update", ofInstance(id), strings.Join(u.changed(amended), ", "))
	return u.apply(ctx, made.Instance, old, renewed || u.got)
}

// amend reads the body against what the instance is.
func (u *update) amend(old *live, el Element, own credential.Stored) (*instance.Amendment, error) {
	secrets := map[string]json.RawMessage{}
	for key, value := range own.Values {
		secrets[key], _ = json.Marshal(value.Reveal()) // a text: cannot fail
	}
	headers, err := callbackHeaders(own.Values)
	if err != nil {
		return nil, err
	}
	if len(headers) > 0 {
		flat := map[string]string{}
		for name, values := range headers {
			flat[name] = strings.Join(values, ", ")
		}
		if secrets[instance.KeyCallbackHeaders], err = json.Marshal(flat); err != nil {
			return nil, err
		}
	}
	amended, err := old.Amend(u.body, instance.AmendOptions{Full: u.full, Secrets: secrets, Authorized: true, Same: func(named string) bool {
		other, err := u.Element(named)
		return err == nil && other.Key == el.Key
	}})
	if err == nil {
		amended.HTTPSCallbacks = u.config.HTTPSCallbacks
	}
	return amended, err
}

// inherit gives a changed instance what no body can change.
func inherit(in, old *instance.Instance) {
	in.ID, in.Organization, in.User, in.Created = old.ID, old.Organization, old.User, old.Created
	in.Disabled, in.SealedToken, in.Watches, in.Dropped = old.Disabled, old.SealedToken, old.Watches, slices.Clone(old.Dropped)
}

// changed lists what the body named, for the audit log: no values.
func (u *update) changed(a *instance.Amendment) (list []string) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(u.body, &fields) == nil {
		for _, name := range []string{"name", "tags", "providerData"} {
			if _, ok := fields[name]; ok {
				list = append(list, name)
			}
		}
	}
	return append(list, a.Named()...)
}
