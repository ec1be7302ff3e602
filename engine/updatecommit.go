package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pollwright/pollwright/engine/credential"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/sdk"
)

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
