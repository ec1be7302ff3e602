package engine

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// How long a session lasts. It ends when its user's or organization's secret does, too.
const (
	sessionIdle  = 12 * time.Hour     // without a request
	sessionTime  = 7 * 24 * time.Hour // at most
	sessionRenew = 15 * time.Minute   // after which the next request gets another token
	sessionGrace = time.Minute        // for requests that were sent with the token before
)

// Session is a user who signed in by a browser, in place of the two secrets.
type Session struct {
	Caller
	// Proof is what a form of the session carries, and no other page knows. It stays when the token changes.
	Proof string
	// Token is what tells the session from now on; "" = the one that told it.
	Token Secret
}

// session is a stored Session, under the hash of its token. It is sealed.
type session struct {
	Format       int       `json:"format"`
	Organization int64     `json:"organization"`
	User         int64     `json:"user"`
	Secrets      [2]string `json:"secrets"` // hashes of those of the organization and the user that signed in
	Proof        string    `json:"proof"`
	Opened       time.Time `json:"opened"`
	Token        time.Time `json:"token"` // when the token was made
	Expires      time.Time `json:"expires"`
	Next         string    `json:"next,omitempty"` // the token that replaced this one
}

const sessionFormat = 1

var sessionTerm = store.Term{Name: "session", Value: "all"}

func sessionKey(token string) store.Key {
	id := hashSecret(token)
	return store.Key{Partition: store.PartitionOf(id), Name: "session/" + id}
}

// OpenSession signs a user in. Its token is told this once. Errors: ErrUnauthorized.
func (e *Engine) OpenSession(ctx context.Context, secrets Secrets, from, request string) (Session, error) {
	caller, err := e.Authenticate(ctx, secrets)
	if err != nil {
		return Session{}, err
	}
	caller.From, caller.Request = from, request
	now := e.config.Now().UTC()
	s := session{
		Format: sessionFormat, Organization: caller.Organization, User: caller.User, Opened: now,
		Secrets: [2]string{hashSecret(secrets.Organization), hashSecret(secrets.User)}, Proof: base64.RawURLEncoding.EncodeToString(randomBytes(16)),
	}
	token, err := e.storeSession(ctx, s, now)
	if err != nil {
		return Session{}, err
	}
	e.note(ctx, caller, "session.open", "users/"+idText(caller.User), "")
	return Session{Caller: caller, Proof: s.Proof, Token: token}, nil
}

// storeSession stores a session under a new token.
func (e *Engine) storeSession(ctx context.Context, s session, now time.Time) (Secret, error) {
	token := newState()
	s.Token, s.Next, s.Expires = now, "", now.Add(sessionIdle)
	if last := s.Opened.Add(sessionTime); s.Expires.After(last) {
		s.Expires = last
	}
	return Secret(token), e.putSession(ctx, sessionKey(token), 0, s)
}

func (e *Engine) putSession(ctx context.Context, key store.Key, expect store.Version, s session) error {
	plain, err := json.Marshal(s)
	if err != nil {
		return err
	}
	sealed, err := e.vault.Seal(plain, []byte(key.Name))
	if err != nil {
		return err
	}
	_, err = store.One(e.store.Commit(ctx, store.Change{Puts: []store.Put{{Key: key, Expect: expect, Value: sealed, Index: []store.Term{sessionTerm}}}}))
	return err
}

func (e *Engine) readSession(rec store.Record) (s session, err error) {
	plain, err := e.vault.Open(rec.Value, []byte(rec.Key.Name))
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(plain, &s)
}

// Session tells whose a session is, or ErrUnauthorized. From time to time it gives it another token. The one before is good for a minute more, and
// is answered with the other each time: the answer that brought it first may not have arrived.
func (e *Engine) Session(ctx context.Context, token string) (Session, error) {
	key, now := sessionKey(token), e.config.Now().UTC()
	records, err := e.store.Get(ctx, key)
	if err != nil {
		return Session{}, err
	}
	if token == "" || records[0].Version == 0 {
		return Session{}, ErrUnauthorized
	}
	s, err := e.readSession(records[0])
	if err != nil {
		return Session{}, err
	}
	if !now.Before(s.Expires) {
		return Session{}, ErrUnauthorized
	}
	caller, err := e.callerOf(ctx, s, now)
	if err != nil {
		return Session{}, err
	}
	found := Session{Caller: caller, Proof: s.Proof, Token: Secret(s.Next)}
	if s.Next == "" && now.Sub(s.Token) >= sessionRenew {
		found.Token, err = e.renewSession(ctx, key, records[0].Version, s, now)
	}
	return found, err
}

// callerOf finds the user of a session, whose secrets must still be those it was opened with.
func (e *Engine) callerOf(ctx context.Context, s session, now time.Time) (Caller, error) {
	org, err := e.owner(ctx, kindOrganization, s.Organization)
	if err == nil {
		var user owner
		if user, err = e.owner(ctx, kindUser, s.User); err == nil && org.has(s.Secrets[0], now) && user.has(s.Secrets[1], now) {
			return user.caller(), nil
		}
	}
	if err == nil || errors.Is(err, ErrNotFound) {
		err = ErrUnauthorized
	}
	return Caller{}, err
}

// renewSession gives a session another token. Of several requests at a time one does so.
func (e *Engine) renewSession(ctx context.Context, key store.Key, version store.Version, s session, now time.Time) (Secret, error) {
	token, err := e.storeSession(ctx, s, now) // first: a crash in between leaves a token that nobody knows
	if err != nil {
		return "", err
	}
	s.Next, s.Expires = token.Reveal(), now.Add(sessionGrace)
	err = e.putSession(ctx, key, version, s)
	if errors.Is(err, store.ErrConflict) { // another request was first, or it was closed
		return "", e.deleteRecords(ctx, sessionKey(token.Reveal()))
	}
	return token, err
}

// CloseSession signs out. With a token goes the one that has replaced it, which may still be on its way to the browser; one that it replaced itself
// lives out its minute.
func (e *Engine) CloseSession(ctx context.Context, token string) error {
	for token != "" {
		key := sessionKey(token)
		records, err := e.store.Get(ctx, key)
		if err != nil {
			return err
		}
		token = ""
		if records[0].Version != 0 {
			s, err := e.readSession(records[0])
			if err != nil {
				return err
			}
			token = s.Next
		}
		if err := e.deleteRecords(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// dropSessions deletes those that have expired.
func (e *Engine) dropSessions(ctx context.Context) error {
	return e.dropUnless(ctx, sessionTerm, func(rec store.Record) bool {
		s, err := e.readSession(rec)
		return err == nil && e.config.Now().Before(s.Expires)
	})
}
