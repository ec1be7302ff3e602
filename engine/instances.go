package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/engine/schedule"
	"github.com/pollwright/pollwright/engine/store"
)

// tries is how often a random id is drawn anew when it is taken.
const tries = 5

// Instance is an instance as its owner sees it.
type Instance struct {
	*instance.Instance
	Token    string // the Element token of an Authorization header
	Element  Element
	Callback Callback // how its callback fares
	// WebhookSecret signs its notifications by Standard Webhooks; only CreateInstance tells it.
	WebhookSecret string
	Stopped       *Stopped           // why its polling was stopped; nil if it was not
	Warnings      []instance.Problem // what was tolerated when it was made; only CreateInstance tells
	Replayed      bool               // an earlier request with the same idempotency key made it
}

// Creation is a request for a new instance.
type Creation struct {
	Body []byte // of the POST
	// Element, if set, is the element of the path: the body need not name it, and may name no other.
	Element string
	// IdempotencyKey, if set, has the same request of the organization make one instance, for IdempotencyTime.
	IdempotencyKey string
}

// CreateInstance makes an instance of a POST body, or reports every fault in it. Its polling has begun, and its first polls have usually
// ended, when it returns. Errors: *instance.SyntaxError, *instance.InvalidError, *ProviderError.
func (e *Engine) CreateInstance(ctx context.Context, caller Caller, body []byte) (*Instance, error) {
	return e.Create(ctx, caller, Creation{Body: body})
}

// Create is CreateInstance for a request that says more. Further errors: ErrNotFound for an element of the path that there is none of,
// *ReusedKeyError, *ConflictError while the first request with the key is under way.
func (e *Engine) Create(ctx context.Context, caller Caller, c Creation) (*Instance, error) {
	draft, el, err := e.draft(c)
	if err != nil {
		return nil, err
	}
	if c.IdempotencyKey == "" {
		return e.create(ctx, caller, draft, el, nil)
	}
	return e.createOnce(ctx, caller, c, func(once *once) (*Instance, error) { return e.create(ctx, caller, draft, el, once) })
}

// draft reads the body, and finds its element.
func (e *Engine) draft(c Creation) (*instance.Draft, Element, error) {
	if c.Element == "" {
		draft, err := instance.Parse(c.Body)
		if err != nil {
			return nil, Element{}, err
		}
		el, err := e.Element(draft.ElementKey)
		if err != nil {
			return nil, el, draft.Unknown(e.elementKeys())
		}
		return draft, el, nil
	}
	el, err := e.Element(c.Element)
	if err != nil {
		return nil, el, err
	}
	draft, err := instance.ParseFor(el.Key, c.Body, func(named string) bool {
		other, err := e.Element(named)
		return err == nil && other.Key == el.Key
	})
	return draft, el, err
}

func (e *Engine) create(ctx context.Context, caller Caller, draft *instance.Draft, el Element, once *once) (*Instance, error) {
	draft.HTTPSCallbacks = e.config.HTTPSCallbacks
	made, err := instance.New(draft, el.Manifest, e.config.Now())
	if err != nil {
		return nil, err
	}
	in := made.Instance
	in.Organization, in.User = caller.Organization, caller.User
	token := randomBase64(32)
	grant, err := e.storeInstance(ctx, made, el, token, once)
	if err != nil {
		return nil, err
	}
	e.note(ctx, caller, "instance.create", ofInstance(in.ID), in.Name)
	e.watch(ctx, in)
	return &Instance{Instance: in, Token: token, Element: el, WebhookSecret: grant.Values[keyWebhookSecret].Reveal(), Warnings: made.Warnings}, nil
}

func (e *Engine) elementKeys() (keys []string) {
	for _, el := range e.Elements() {
		keys = append(keys, el.Key)
	}
	return keys
}

// storeInstance stores the instance with its credential and the first checkpoints in one commit.
func (e *Engine) storeInstance(ctx context.Context, made *instance.Made, el Element, token string, once *once) (grant, error) {
	in := made.Instance
	g, err := e.authorize(ctx, made, el)
	if err != nil {
		return g, err
	}
	ctx = context.WithoutCancel(ctx) // an authorization code is spent by now: what it gave is kept even if the client is gone
	if in.Credential() != "" {
		err = e.storeSharing(ctx, made, &g, token, once)
	} else {
		err = e.storeNew(ctx, made, g, token, once)
	}
	return g, err
}

// storeSharing stores an instance whose credential is shared, and that credential before it. Were the instance then not stored, another one
// that names the credential would need no code.
func (e *Engine) storeSharing(ctx context.Context, made *instance.Made, g *grant, token string, once *once) error {
	e.sharing.Lock()
	renewed, err := e.share(ctx, made, g)
	if err == nil {
		err = e.storeNew(ctx, made, *g, token, once)
	}
	e.sharing.Unlock()
	if renewed {
		return errors.Join(err, e.authorizedAgain(ctx, made.Instance))
	}
	return err
}

// storeNew draws an id that is free; that of a request that is made once is given by its key. An organization or a user that was removed
// meanwhile gets no instance.
func (e *Engine) storeNew(ctx context.Context, made *instance.Made, g grant, token string, once *once) error {
	in := made.Instance
	e.owners.RLock()
	defer e.owners.RUnlock()
	if err := e.stillThere(ctx, in.Organization, in.User); err != nil {
		return err
	}
	for try := range tries {
		in.ID = once.id(try)
		puts, err := e.instancePuts(in, g, token)
		if err != nil {
			return err
		}
		if once != nil {
			put, err := once.put(e, made, g)
			if err != nil {
				return err
			}
			puts = append(puts, put)
		}
		_, err = store.One(e.store.Commit(ctx, store.Change{Puts: puts}))
		if !errors.Is(err, store.ErrConflict) {
			return e.inDoubt(ctx, in.ID, err)
		}
	}
	return errors.New("no free instance id found")
}

func (e *Engine) instancePuts(in *instance.Instance, grant grant, token string) ([]store.Put, error) {
	name := idText(in.ID)
	sealed, err := e.vault.Seal([]byte(token), []byte("token/"+name))
	if err != nil {
		return nil, err
	}
	in.SealedToken = sealed
	value, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	puts := []store.Put{{Key: instanceKey(in.ID), Value: value, Index: instanceTerms(in, token)}}
	credential, err := e.credentialPut(name, grant)
	if err != nil {
		return nil, err
	}
	puts = append(puts, credential)
	for n := range in.Resources {
		first, err := e.firstCheckpoint(in, &in.Resources[n])
		if err != nil {
			return nil, err
		}
		puts = append(puts, first)
	}
	return puts, nil
}

// instanceTerms are the index terms of an instance's record.
func instanceTerms(in *instance.Instance, token string) []store.Term {
	terms := []store.Term{
		{Name: "instance", Value: "all"},
		{Name: "instance-organization", Value: idText(in.Organization)},
		{Name: "instance-element", Value: in.Element},
		{Name: "instance-token", Value: hashSecret(token)},
	}
	if len(in.Dropped) > 0 {
		terms = append(terms, droppedTerm)
	}
	return append(terms, grantTerms(in)...)
}

func (e *Engine) firstCheckpoint(in *instance.Instance, r *instance.Resource) (store.Put, error) {
	plan, err := r.Compile()
	if err != nil {
		return store.Put{}, err
	}
	return poll.First(in.ID, r, plan, e.config.Now())
}

// watch begins to poll a new instance, and waits a little for its first polls.
func (e *Engine) watch(ctx context.Context, in *instance.Instance) {
	if !in.Polled() || len(in.Resources) == 0 {
		return
	}
	name := idText(in.ID)
	var resources []string
	for _, r := range in.Resources {
		resources = append(resources, r.Name)
	}
	polled := e.firsts.expect(name, resources)
	defer e.firsts.give(name, resources)
	e.schedule(in, schedule.Now)
	wait, cancel := context.WithTimeout(ctx, max(e.config.FirstPoll, 0))
	defer cancel()
	select {
	case <-polled:
	case <-wait.Done():
	}
}

func (e *Engine) schedule(in *instance.Instance, first schedule.First) {
	if !in.Polled() {
		return
	}
	for _, r := range in.Resources {
		item := schedule.Item{Instance: in.ID, Resource: r.Name, Interval: in.Events.Interval}
		add := e.scheduler.Add
		if first != schedule.Now {
			add = e.scheduler.AddMissing
		}
		if err := add(item, first); err != nil {
			e.log.Error("resource not scheduled", "instance", in.ID, "resource", r.Name, "err", err)
		}
	}
}

// Instance returns one of the caller's instances, or ErrNotFound.
func (e *Engine) Instance(ctx context.Context, caller Caller, id int64) (*Instance, error) {
	in, err := e.lives.get(ctx, id)
	if err != nil {
		return nil, err
	}
	return e.view(ctx, caller, in)
}

// InstanceOfToken tells which of the caller's instances an Element token is of, or ErrUnauthorized.
func (e *Engine) InstanceOfToken(ctx context.Context, caller Caller, token string) (int64, error) {
	keys, err := e.store.Find(ctx, store.Term{Name: "instance-token", Value: hashSecret(token)}, store.Key{}, 1)
	if err != nil {
		return 0, err
	}
	if len(keys) == 0 {
		return 0, ErrUnauthorized
	}
	id, err := parseID(idOf(keys[0]))
	if err != nil {
		return 0, err
	}
	if _, err := e.Instance(ctx, caller, id); errors.Is(err, ErrNotFound) { // another organization's
		return 0, ErrUnauthorized
	} else if err != nil {
		return 0, err
	}
	return id, nil
}

// view hides other organizations' instances: to them there is no such thing.
func (e *Engine) view(ctx context.Context, caller Caller, in *live) (*Instance, error) {
	if in.Organization != caller.Organization {
		return nil, ErrNotFound
	}
	token, err := e.vault.Open(in.SealedToken, []byte("token/"+idText(in.ID)))
	if err != nil {
		return nil, fmt.Errorf("token of instance %d: %w", in.ID, err)
	}
	el, err := e.Element(in.Instance.Element)
	if err != nil { // its adapter was removed; the instance is still the user's
		el.Key, el.Name = in.Instance.Element, in.Instance.Element
	}
	stopped, err := e.stopped(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	callback, err := e.callback(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &Instance{Instance: in.Instance, Token: string(token), Element: el, Callback: callback, Stopped: stopped}, nil
}

func idOf(key store.Key) string { return key.Name[strings.LastIndexByte(key.Name, '/')+1:] }

// Polls lists up to n outcomes of an instance's polls with id < before ("" = from the newest), newest first.
func (e *Engine) Polls(ctx context.Context, caller Caller, id int64, before string, n int) ([]poll.Outcome, error) {
	if _, err := e.Instance(ctx, caller, id); err != nil {
		return nil, err
	}
	return e.journal.List(ctx, id, before, n)
}
