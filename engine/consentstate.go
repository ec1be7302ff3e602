package engine

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

const (
	consentTime = 15 * time.Minute // a user has to decide at the provider
	maxConsents = 1000             // of an organization at one time
)

// Why a state is not accepted.
var (
	errNoConsent      = errors.New("is not known here")
	errConsentExpired = errors.New("has expired")
	errConsentUsed    = errors.New("was used already")
)

// consent is a request for a user's consent, from oauth/url until its code is exchanged. It is stored under the hash of its state, sealed.
type consent struct {
	Format       int             `json:"format"`
	Organization int64           `json:"organization"`
	User         int64           `json:"user"`
	Element      string          `json:"element"`
	Expires      time.Time       `json:"expires"`
	Returned     bool            `json:"returned,omitempty"` // the provider has sent the user back
	Used         bool            `json:"used,omitempty"`     // a code was exchanged; what follows is gone
	Verifier     string          `json:"verifier,omitempty"`
	Redirect     string          `json:"redirect,omitempty"`
	Instance     json.RawMessage `json:"instance,omitempty"`   // body of an instance to be made
	InstanceID   int64           `json:"instanceId,omitempty"` // of one to be authorized again
	ReturnURL    string          `json:"returnUrl,omitempty"`
}

const consentFormat = 1

// consentTerm finds all consents, for their end.
var consentTerm = store.Term{Name: "oauth-state", Value: "all"}

func consentsOf(organization int64) store.Term {
	return store.Term{Name: "oauth-state-organization", Value: idText(organization)}
}

// consentKey is of a state that we made. It cannot be guessed, so a browser that shows it comes from the provider.
func consentKey(state string) store.Key { return consentRecord("ours-" + hashSecret(state)) }

// givenKey is of a state that a user chose: such a one is known only to requests of the same organization.
func givenKey(organization int64, state string) store.Key {
	return consentRecord("given-" + hashSecret(idText(organization)+"/"+state))
}

func consentRecord(id string) store.Key {
	return store.Key{Partition: store.PartitionOf(id), Name: "oauth-state/" + id}
}

func newState() string { return base64.RawURLEncoding.EncodeToString(randomBytes(32)) }

func (e *Engine) consentPut(key store.Key, expect store.Version, c consent) (store.Put, error) {
	plain, err := json.Marshal(c)
	if err != nil {
		return store.Put{}, err
	}
	sealed, err := e.vault.Seal(plain, []byte(key.Name))
	return store.Put{Key: key, Expect: expect, Value: sealed, Index: []store.Term{consentTerm, consentsOf(c.Organization)}}, err
}

func (e *Engine) readConsent(rec store.Record) (c consent, err error) {
	plain, err := e.vault.Open(rec.Value, []byte(rec.Key.Name))
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(plain, &c)
}

// changeConsent changes a consent once; whoever comes second finds it changed. change tells what forbids it.
func (e *Engine) changeConsent(ctx context.Context, key store.Key, change func(*consent) error) (consent, error) {
	for range tries {
		records, err := e.store.Get(ctx, key)
		if err != nil {
			return consent{}, err
		}
		if records[0].Version == 0 {
			return consent{}, errNoConsent
		}
		before, err := e.readConsent(records[0])
		if err != nil {
			return consent{}, err
		}
		after := before
		if !e.config.Now().Before(before.Expires) {
			return consent{}, errConsentExpired
		}
		if err := change(&after); err != nil {
			return consent{}, err
		}
		put, err := e.consentPut(key, records[0].Version, after)
		if err != nil {
			return consent{}, err
		}
		if _, err = store.One(e.store.Commit(ctx, store.Change{Puts: []store.Put{put}})); !errors.Is(err, store.ErrConflict) {
			return before, err
		}
	}
	return consent{}, store.ErrConflict
}

// useConsent uses up the consent of a state, for one exchange by its organization at its element, and returns it as it was.
func (e *Engine) useConsent(ctx context.Context, organization int64, el Element, state string) (consent, error) {
	use := func(c *consent) error {
		switch {
		case c.Organization != organization || c.Element != el.Key:
			return errNoConsent
		case c.Used:
			return errConsentUsed
		}
		c.Used, c.Verifier, c.Instance = true, "", nil
		return nil
	}
	c, err := e.changeConsent(ctx, consentKey(state), use)
	if errors.Is(err, errNoConsent) {
		return e.changeConsent(ctx, givenKey(organization, state), use)
	}
	return c, err
}

// consentFault turns the end of a state into a fault of the request that showed it.
func consentFault(path string, err error) error {
	if errors.Is(err, errNoConsent) || errors.Is(err, errConsentExpired) || errors.Is(err, errConsentUsed) {
		return invalid(path, "%s; begin again with a new address from /elements/{keyOrId}/oauth/url", err)
	}
	return err
}

// dropConsents deletes those that have expired.
func (e *Engine) dropConsents(ctx context.Context) error {
	return e.dropUnless(ctx, consentTerm, func(rec store.Record) bool {
		c, err := e.readConsent(rec)
		return err == nil && e.config.Now().Before(c.Expires)
	})
}
