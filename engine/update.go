package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/credential"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/engine/schedule"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/sdk"
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

// grant makes the instance's own credential as it shall be. Tokens stay, unless there is a code, or a refresh token, for others.
func (u *update) grant(ctx context.Context, made *instance.Made, old *live, el Element, own credential.Stored) (grant, error) {
	next, err := u.values(made)
	if err != nil {
		return next, err
	}
	for _, key := range []string{keyWebhookSecret, keyOlderSecrets} {
		if value, ok := own.Values[key]; ok {
			next.Values[key] = value
		}
	}
	if el.Auth.Type != sdk.AuthOAuth2 || el.Auth.OAuth2 == nil {
		return next, nil
	}
	if made.Secrets.Code != "" || made.Secrets.Refresh != "" {
		if !u.got {
			if err := u.checkShared(ctx, made); err != nil {
				return next, err
			}
			if u.tokens, err = u.firstTokens(ctx, made, el, next); err != nil {
				return next, err
			}
			u.got = true
		}
		next.Tokens = u.tokens
		return next, nil
	}
	if why := u.needsCode(made.Instance, old, own, next); why != "" {
		return next, invalid("providerData.code", "is required: the tokens that there are were given to another %s; ask the user for consent again", why)
	}
	if made.Instance.Credential() == "" {
		next.Tokens = own.Tokens
	} else if err := u.checkShared(ctx, made); err != nil {
		return next, err
	}
	return next, nil
}

// needsCode says why the tokens that there are cannot go on; "" if they can.
func (u *update) needsCode(in *instance.Instance, old *live, own credential.Stored, next grant) string {
	switch {
	case in.Credential() != old.Credential() && in.Credential() == "":
		return instance.KeyCredential
	case in.Credential() != "":
		return "" // checkShared knows
	case own.Values[instance.KeyOAuthAPIKey] != next.Values[instance.KeyOAuthAPIKey]:
		return instance.KeyOAuthAPIKey
	case in.BaseURL != old.BaseURL:
		return instance.KeyBaseURL
	}
	return ""
}

// share stores what the change brings to a credential that is shared, before the instance names it. The lock is held until release.
func (u *update) share(ctx context.Context, made *instance.Made, next *grant, old *live) (release func(), renewed bool, err error) {
	release = func() {}
	if made.Instance.Credential() == "" && old.Credential() == "" {
		return release, false, nil
	}
	u.sharing.Lock()
	locked := true
	release = func() {
		if locked {
			locked = false
			u.sharing.Unlock()
		}
	}
	if made.Instance.Credential() == "" {
		return release, false, nil
	}
	renewed, err = u.Engine.share(ctx, made, next)
	return release, renewed, err
}

// commit stores the change: instance, credential, and the checkpoints of resources that begin, or begin anew.
func (u *update) commit(ctx context.Context, in *instance.Instance, old *live, el Element, own credential.Stored, next grant) error {
	puts, err := u.watches(ctx, in, old, el)
	if err != nil {
		return err
	}
	sameSecrets := sameValues(own.Values, next.Values) && !u.got
	if !sameSecrets || next.Base != own.Base || next.Tokens != own.Tokens { // else its generation stays, by which polls tell tokens apart
		secret, err := u.credentials.Replace(own, next)
		if err != nil {
			return err
		}
		puts = append(puts, secret)
	}
	more, err := u.leftovers(ctx, in, old, sameSecrets)
	if err != nil {
		return err
	}
	value, err := json.Marshal(in)
	if err != nil {
		return err
	}
	token, err := u.vault.Open(in.SealedToken, []byte("token/"+idText(in.ID)))
	if err != nil {
		return fmt.Errorf("token of instance %d: %w", in.ID, err)
	}
	puts = append(append(puts, store.Put{Key: instanceKey(in.ID), Expect: old.version, Value: value, Index: instanceTerms(in, string(token))}), more...)
	_, err = store.One(u.store.Commit(ctx, store.Change{Puts: puts}))
	return u.inDoubt(ctx, in.ID, err)
}

func sameValues(a, b map[string]credential.Secret) bool {
	for key, value := range b {
		if a[key] != value {
			return false
		}
	}
	return len(a) == len(b)
}

// leftovers are records that a change makes void: what the adapter remembers of the account, a stop that came of refused credentials, and the
// pause of a callback that is another now.
func (u *update) leftovers(ctx context.Context, in *instance.Instance, old *live, sameSecrets bool) (puts []store.Put, err error) {
	keys := map[store.Key]func(store.Record) bool{}
	if !sameSecrets || in.BaseURL != old.BaseURL || !sameParameters(in, old.Instance) {
		keys[poll.MemoKey(in.ID)] = func(store.Record) bool { return true }
		keys[stoppedKey(in.ID)] = func(rec store.Record) bool {
			var s Stopped
			return json.Unmarshal(rec.Value, &s) == nil && s.Kind == sdk.FaultAuth
		}
	}
	if in.Events.CallbackURL != old.Events.CallbackURL {
		keys[pausedKey(in.ID)] = func(store.Record) bool { return true }
	}
	for key, void := range keys {
		records, err := u.store.Get(ctx, key)
		if err != nil {
			return nil, err
		}
		if rec := records[0]; rec.Version > 0 && void(rec) {
			puts = append(puts, store.Put{Key: key, Expect: rec.Version})
		}
	}
	return puts, nil
}

// sameParameters compares what is configured beside the platform's own keys.
func sameParameters(a, b *instance.Instance) bool {
	for _, pair := range [][2]*instance.Instance{{a, b}, {b, a}} {
		for key, value := range pair[0].Configuration {
			if !strings.HasPrefix(key, "event.") && pair[1].Configuration[key] != value {
				return false
			}
		}
	}
	return true
}

// watches settles what becomes of each resource's checkpoint.
func (u *update) watches(ctx context.Context, in *instance.Instance, old *live, el Element) (puts []store.Put, err error) {
	account := otherAccount(in, old.Instance, el)
	watch := in.Watches + 1
	for n := range in.Resources {
		r := &in.Resources[n]
		before, ok := old.Resource(r.Name)
		why := account
		if ok && why == "" {
			_, why = r.SameWatch(before)
		}
		if ok && why == "" {
			r.Watch = before.Watch
			put, err := u.widen(ctx, in.ID, before, r)
			if err != nil {
				return nil, err
			}
			puts = append(puts, put...)
			continue
		}
		if r.Watch, in.Watches = watch, watch; ok {
			u.warnings = append(u.warnings, instance.Problem{Path: "configuration['" + instance.KeyResources + "']." + r.Name,
				Message: "begins anew, because it has " + why + ": what changed since its last poll is not told, what is there now is taken for known"})
		}
		first, err := u.firstCheckpoint(in, r)
		if err != nil {
			return nil, err
		}
		puts = append(puts, first)
	}
	ended, err := u.ended(ctx, in, old)
	return append(puts, ended...), err
}

// otherAccount says why all that was seen belongs to another account; "" if it does not.
func otherAccount(in, old *instance.Instance, el Element) string {
	if in.BaseURL != old.BaseURL {
		return "another " + instance.KeyBaseURL
	}
	for _, p := range el.Config {
		if p.Account && in.Configuration[p.Key] != old.Configuration[p.Key] {
			return "another " + p.Key
		}
	}
	return ""
}

// widen keeps a window that has become wider from reaching beyond what is remembered.
func (u *update) widen(ctx context.Context, id int64, before, after *instance.Resource) ([]store.Put, error) {
	was, err := before.Compile()
	if err != nil {
		return nil, err
	}
	is, err := after.Compile()
	if err != nil || is.Hash != nil || is.Rule.Window() <= was.Rule.Window() {
		return nil, err
	}
	records, err := u.store.Get(ctx, poll.CheckpointKey(id, before))
	if err != nil || records[0].Version == 0 {
		return nil, err
	}
	value, changed, err := change.Widen(records[0].Value, was.Rule, is.Rule)
	if err != nil || !changed {
		return nil, err
	}
	return []store.Put{{Key: records[0].Key, Expect: records[0].Version, Value: value}}, nil
}

// ended touches the checkpoints that are no longer used, so that a poll that is under way with one cannot store what it found, and lists them for
// deletion: they may be too large for one commit.
func (u *update) ended(ctx context.Context, in *instance.Instance, old *live) (puts []store.Put, err error) {
	for n := range old.Resources {
		was := &old.Resources[n]
		if is, ok := in.Resource(was.Name); ok && is.Watch == was.Watch {
			continue
		}
		key := poll.CheckpointKey(in.ID, was)
		records, err := u.store.Get(ctx, key)
		if err != nil {
			return nil, err
		}
		if rec := records[0]; rec.Version > 0 {
			puts = append(puts, store.Put{Key: key, Expect: rec.Version, Value: rec.Value})
			in.Dropped = append(in.Dropped, key.Name)
		}
	}
	return puts, nil
}

// apply has the running engine work by what was stored.
func (u *update) apply(ctx context.Context, in *instance.Instance, old *live, authorized bool) error {
	id, name := in.ID, idText(in.ID)
	u.lives.forget(id)
	for n := range old.Resources {
		if is, ok := in.Resource(old.Resources[n].Name); !ok || is.Watch != old.Resources[n].Watch {
			u.streaks.success(name + "/" + old.Resources[n].Name)
			u.scheduler.RemoveItem(id, old.Resources[n].Name)
		}
	}
	u.reschedule(ctx, in, old)
	u.sender.Refresh(name)
	if old.Credential() != in.Credential() && old.Credential() != "" {
		if err := u.dropUnused(ctx, providerRef(old.Instance)); err != nil {
			u.log.Warn("shared credential of a changed instance not looked after", "instance", id, "err", err) // the keeper will
		}
	}
	if len(in.Dropped) > 0 {
		if err := u.dropCheckpoints(ctx, id); err != nil {
			u.log.Warn("former checkpoints of a changed instance not removed yet", "instance", id, "err", err) // the keeper will
		}
	}
	if authorized {
		return u.authorizedAgain(ctx, in)
	}
	return nil
}

// reschedule puts on the schedule what is polled now, and takes off what is not.
func (u *update) reschedule(ctx context.Context, in *instance.Instance, old *live) {
	if !in.Polled() {
		u.scheduler.Remove(in.ID)
		return
	}
	stopped, err := u.stopped(ctx, in.ID)
	if err != nil {
		u.log.Error("changed instance not scheduled", "instance", in.ID, "err", err)
		return
	}
	if stopped != nil {
		return
	}
	for n := range in.Resources {
		r := &in.Resources[n]
		before, ok := old.Resource(r.Name)
		if ok && before.Watch == r.Watch && old.Polled() && old.Events.Interval == in.Events.Interval {
			if _, scheduled := u.scheduler.Next(in.ID, r.Name); scheduled {
				continue
			}
		}
		item := schedule.Item{Instance: in.ID, Resource: r.Name, Interval: in.Events.Interval}
		if err := u.scheduler.Add(item, schedule.Now); err != nil {
			u.log.Error("resource not scheduled", "instance", in.ID, "resource", r.Name, "err", err)
		}
	}
}

// droppedTerm finds the instances that have checkpoints to be deleted.
var droppedTerm = store.Term{Name: "instance-dropped", Value: "all"}

// dropCheckpoints deletes the former checkpoints of an instance, and then forgets them.
func (e *Engine) dropCheckpoints(ctx context.Context, id int64) error {
	e.lives.forget(id)
	in, err := e.lives.get(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, name := range in.Dropped {
		if err := e.deleteCheckpoint(ctx, store.Key{Partition: instanceKey(id).Partition, Name: name}); err != nil {
			return err
		}
	}
	return e.rewrite(ctx, id, func(now *instance.Instance) {
		now.Dropped = slices.DeleteFunc(now.Dropped, func(name string) bool { return slices.Contains(in.Dropped, name) })
	})
}

// rewrite changes what is stored of an instance itself.
func (e *Engine) rewrite(ctx context.Context, id int64, change func(*instance.Instance)) error {
	defer e.lives.forget(id)
	for range updateTries {
		e.lives.forget(id)
		old, err := e.lives.get(ctx, id)
		if err != nil {
			return err
		}
		in := *old.Instance
		in.Dropped = slices.Clone(in.Dropped)
		change(&in)
		value, err := json.Marshal(in)
		if err != nil {
			return err
		}
		token, err := e.vault.Open(in.SealedToken, []byte("token/"+idText(id)))
		if err != nil {
			return fmt.Errorf("token of instance %d: %w", id, err)
		}
		_, err = store.One(e.store.Commit(ctx, store.Change{Puts: []store.Put{
			{Key: instanceKey(id), Expect: old.version, Value: value, Index: instanceTerms(&in, string(token))},
		}}))
		if !errors.Is(err, store.ErrConflict) {
			return e.inDoubt(ctx, id, err)
		}
	}
	return fmt.Errorf("change instance %d: %w", id, store.ErrConflict)
}
