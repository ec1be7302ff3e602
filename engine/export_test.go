package engine

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/credential"
	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/schedule"
	"github.com/pollwright/pollwright/engine/store"
)

// WithWitness shows the memory of every call of an adapter.
func WithWitness(c *Config, witness func(element string, input, memory []byte)) { c.witness = witness }

// WithStore has the engine see its store through another one.
func WithStore(c *Config, wrap func(store.Store) store.Store) { c.wrap = wrap }

// DropWebhookSecret makes an instance one of before there were such secrets.
func (e *Engine) DropWebhookSecret(id int64) error {
	return e.credentials.Amend(context.Background(), credentialRef(idText(id)), func(values map[string]credential.Secret) error {
		delete(values, keyWebhookSecret)
		return nil
	})
}

// Scheduled is how many resources are on the schedule.
func (e *Engine) Scheduled() int { return e.scheduler.Len() }

// Snapshot is what the scheduler does now.
func (e *Engine) Snapshot() schedule.Snapshot { return e.scheduler.Snapshot() }

// Opened is how many credentials lie opened in memory.
func (e *Engine) Opened() int { return e.credentials.Opened() }

// Streaks is how many resources have a streak of failures in memory.
func (e *Engine) Streaks() int {
	e.streaks.mu.Lock()
	defer e.streaks.mu.Unlock()
	return len(e.streaks.all)
}

// Held is how many instances have polls that wait for their callback, or for the disk.
func (e *Engine) Held() int { return len(e.held.instances()) }

// Emit stores what deliver.Form makes of changes of an instance's resource "contacts" and wakes the sender, as a poll does.
func (e *Engine) Emit(ctx context.Context, in *Instance, format deliver.Format, changes ...change.Change) ([]store.Notification, error) {
	rows := deliver.Form(deliver.Source{
		InstanceID: in.ID, InstanceName: in.Name, ElementKey: "icontact", Resource: "contacts", AccountID: in.Organization, PollDate: time.Now(), Format: format,
	}, changes)
	out, err := store.One(e.store.Commit(ctx, store.Change{Emit: rows}))
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].Seq = out.Seqs[i]
	}
	e.sender.Take(rows, out.Seqs)
	return rows, nil
}

// GiveUp sends what waits until ctx ends, each notification once: what is refused is a dead letter. The engine must not run.
func (e *Engine) GiveUp(ctx context.Context) error {
	s, err := deliver.New(deliver.Config{Store: e.store, Targets: targets{e}, Poster: poster{e.egress}, Retries: []time.Duration{}})
	if err != nil {
		return err
	}
	return s.Run(ctx)
}

// Admits has redeliveries ask this function. Call it before the first one begins.
func (e *Engine) Admits(admits func(instance string) bool) { e.redeliveries.admits = admits }

// KeptCount is how many notifications the store keeps of an instance.
func (e *Engine) KeptCount(ctx context.Context, id int64) (int, error) {
	rows, err := e.store.Kept(ctx, idText(id), 0, 1<<20)
	return len(rows), err
}

// RewriteRedelivery reads the stored form of a redelivery and writes it again.
func RewriteRedelivery(value string) (string, error) {
	row, err := readRedelivery(store.Record{Value: []byte(value)})
	if err != nil {
		return "", err
	}
	put, err := row.put(0)
	return put.Key.Name + " " + string(put.Value), err
}

// KeepCredentials looks after credentials once, as the keeper does each hour.
func (e *Engine) KeepCredentials(ctx context.Context) error { return e.keepOnce(ctx) }

// SharedCredentials is how many there are.
func (e *Engine) SharedCredentials(ctx context.Context) (int, error) {
	keys, err := e.store.Find(ctx, credential.SharedTerm, store.Key{}, 1000)
	return len(keys), err
}

// MakeSharedCredential stores one that no instance uses.
func (e *Engine) MakeSharedCredential(ctx context.Context, scope, name string) error {
	put, err := e.credentials.Put(credential.Shared(scope, name), grant{Tokens: &credential.Tokens{Access: "a"}})
	if err != nil {
		return err
	}
	_, err = store.One(e.store.Commit(ctx, store.Change{Puts: []store.Put{put}}))
	return err
}

// AgeOwners stores the first organization and user as they were before there were others. The engine must not run.
func (e *Engine) AgeOwners(ctx context.Context) error {
	for _, kind := range []string{kindOrganization, kindUser} {
		o, err := e.firstOf(ctx, kind)
		if err != nil {
			return err
		}
		value := fmt.Sprintf(`{"format":1,"id":%d,"secret":%q}`, o.ID, o.Secret)
		if kind == kindUser {
			value = fmt.Sprintf(`{"format":1,"id":%d,"organization":%d,"secret":%q}`, o.ID, o.Organization, o.Secret)
		}
		_, err = store.One(e.store.Commit(ctx, store.Change{Puts: []store.Put{{
			Key: ownerKey(kind, o.ID), Expect: o.version, Value: []byte(value), Index: []store.Term{{Name: kind, Value: "all"}, {Name: kind + "-secret", Value: o.Secret}},
		}}}))
		if err != nil {
			return err
		}
	}
	return nil
}

// DropMemories deletes what is remembered of idempotency keys that have expired.
func (e *Engine) DropMemories(ctx context.Context) error { return e.dropMemories(ctx) }

// Sessions is how many are stored.
func (e *Engine) Sessions(ctx context.Context) int { return e.found(ctx, sessionTerm) }

// Trials is how many credentials of trials are stored.
func (e *Engine) Trials(ctx context.Context) int { return e.found(ctx, trialTerm) }

func (e *Engine) found(ctx context.Context, term store.Term) int {
	keys, err := e.store.Find(ctx, term, store.Key{}, 1000)
	if err != nil {
		panic(err)
	}
	return len(keys)
}

// Seed stores n instances that differ in nothing but their ids, which count from 1, as Create does. Their checkpoints are those after a first
// poll that found nothing.
func (e *Engine) Seed(ctx context.Context, caller Caller, body []byte, n int) error {
	draft, el, err := e.draft(Creation{Body: body})
	if err != nil {
		return err
	}
	made, err := instance.New(draft, el.Manifest, e.config.Now())
	if err != nil {
		return err
	}
	made.Instance.Organization, made.Instance.User = caller.Organization, caller.User
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for from := 0; from < n; from += limitsAtOnce {
		group.Go(func() error { return e.seed(ctx, made, el, from+1, min(from+limitsAtOnce, n)) })
	}
	return group.Wait()
}

func (e *Engine) seed(ctx context.Context, made *instance.Made, el Element, first, last int) error {
	var changes []store.Change
	for id := first; id <= last; id++ {
		in := *made.Instance
		in.ID = int64(id)
		g, err := e.authorize(ctx, made, el)
		if err != nil {
			return err
		}
		puts, err := e.instancePuts(&in, g, randomBase64(32))
		if err != nil {
			return err
		}
		for i := range in.Resources { // the checkpoints are the last puts
			put := &puts[len(puts)-len(in.Resources)+i]
			if put.Value, err = e.polledOnce(&in.Resources[i], put.Value); err != nil {
				return err
			}
		}
		changes = append(changes, store.Change{Puts: puts})
	}
	return e.commitAll(ctx, changes)
}

func (e *Engine) polledOnce(r *instance.Resource, checkpoint []byte) ([]byte, error) {
	plan, err := r.Compile()
	if err != nil {
		return nil, err
	}
	cp, err := change.Load(plan.Rule, checkpoint, nil)
	if err != nil {
		return nil, err
	}
	scan := change.Begin(plan.Rule, cp)
	scan.SetClock(e.config.Now(), e.config.Now())
	scan.Page(nil)
	scan.Finish()
	value, _, err := cp.Save()
	return value, err
}
