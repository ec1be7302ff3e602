package engine

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/pollwright/pollwright/engine/store"
)

// Caller is who makes a request: a user of an organization.
type Caller struct {
	Organization int64
	User         int64
	From         string // address of the client, for the audit log; "" = unknown
	Request      string // id of the request, for the same
}

// Secrets are the two texts of an Authorization header. They print as they are: the first start shows them once.
type Secrets struct {
	Organization, User string
}

// owner is a stored organization or user. Secrets are stored as SHA-256 hashes only; those that are made here have 128 bits or more.
type owner struct {
	Format       int    `json:"format"`
	ID           int64  `json:"id"`
	Organization int64  `json:"organization,omitempty"` // of a user
	Secret       string `json:"secret"`                 // hash
}

const ownerFormat = 1

func ownerKey(kind string, id int64) store.Key {
	name := idText(id)
	return store.Key{Partition: store.PartitionOf(kind + name), Name: kind + "/" + name}
}

func (o owner) put(kind string, expect store.Version) (store.Put, error) {
	value, err := json.Marshal(o)
	return store.Put{
		Key: ownerKey(kind, o.ID), Expect: expect, Value: value,
		Index: []store.Term{{Name: kind, Value: "all"}, {Name: kind + "-secret", Value: o.Secret}},
	}, err
}

// Authenticate tells who has these secrets, or ErrUnauthorized. Secrets are looked up by their hash, so that how long it takes tells
// nothing about them.
func (e *Engine) Authenticate(ctx context.Context, s Secrets) (Caller, error) {
	org, _, err := e.findOwner(ctx, store.Term{Name: "organization-secret", Value: hashSecret(s.Organization)})
	if err != nil {
		return Caller{}, err
	}
	user, _, err := e.findOwner(ctx, store.Term{Name: "user-secret", Value: hashSecret(s.User)})
	if err != nil {
		return Caller{}, err
	}
	if !org.has(s.Organization) || !user.has(s.User) || user.Organization != org.ID {
		return Caller{}, ErrUnauthorized
	}
	return Caller{Organization: org.ID, User: user.ID}, nil
}

// AuthenticateByToken tells whose a user's secret is when an Element token stands in for the organization's secret, as the platform's hub
// requests have it. The token must be of an instance of the user's organization; else ErrUnauthorized.
func (e *Engine) AuthenticateByToken(ctx context.Context, user, token string) (Caller, error) {
	found, _, err := e.findOwner(ctx, store.Term{Name: "user-secret", Value: hashSecret(user)})
	if err != nil {
		return Caller{}, err
	}
	if !found.has(user) {
		return Caller{}, ErrUnauthorized
	}
	caller := Caller{Organization: found.Organization, User: found.ID}
	_, err = e.InstanceOfToken(ctx, caller, token)
	if err != nil {
		return Caller{}, err
	}
	return caller, nil
}

// has reports whether a secret is this one's. The index has found it by its hash already; how long the comparison takes tells nothing either.
func (o owner) has(secret string) bool {
	return o.ID != 0 && subtle.ConstantTimeCompare([]byte(o.Secret), []byte(hashSecret(secret))) == 1
}

func (e *Engine) findOwner(ctx context.Context, term store.Term) (o owner, version store.Version, err error) {
	keys, err := e.store.Find(ctx, term, store.Key{}, 1)
	if err != nil || len(keys) == 0 {
		return o, 0, err
	}
	records, err := e.store.Get(ctx, keys[0])
	if err != nil || records[0].Version == 0 {
		return o, 0, err
	}
	return o, records[0].Version, json.Unmarshal(records[0].Value, &o)
}

// firstOwner makes the first organization and user, or brings their secrets in line with the configured ones. It returns the secrets it
// made, to be shown once.
func (e *Engine) firstOwner(ctx context.Context) (made Secrets, err error) {
	org, orgVersion, err := e.findOwner(ctx, store.Term{Name: "organization", Value: "all"})
	if err != nil {
		return made, err
	}
	user, userVersion, err := e.findOwner(ctx, store.Term{Name: "user", Value: "all"})
	if err != nil {
		return made, err
	}
	wanted := Secrets{e.config.OrganizationSecret, e.config.UserSecret}
	switch {
	case wanted.User == "" && org.ID != 0 && user.ID != 0:
		return made, nil
	case wanted.User == "":
		made = Secrets{randomHex(16), randomBase64(32)}
		wanted = made
	case org.Secret == hashSecret(wanted.Organization) && user.Secret == hashSecret(wanted.User):
		return made, nil
	case org.ID != 0:
		e.log.Warn("secrets of the first organization and user replaced by the configured ones")
	}
	if org.ID == 0 {
		org.ID = randomID()
	}
	if user.ID == 0 {
		user.ID = randomID()
	}
	org.Format, org.Secret = ownerFormat, hashSecret(wanted.Organization)
	user.Format, user.Secret, user.Organization = ownerFormat, hashSecret(wanted.User), org.ID
	orgPut, err := org.put("organization", orgVersion)
	if err != nil {
		return made, err
	}
	userPut, err := user.put("user", userVersion)
	if err != nil {
		return made, err
	}
	outcomes, err := e.store.Commit(ctx, store.Change{Puts: []store.Put{orgPut}}, store.Change{Puts: []store.Put{userPut}})
	if err != nil {
		return made, err
	}
	for _, o := range outcomes {
		if o.Err != nil {
			return made, fmt.Errorf("make the first organization and user: %w", o.Err)
		}
	}
	return made, nil
}

func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte("pollwright secret\x00" + secret))
	return hex.EncodeToString(sum[:])
}

// randomID is an id that fits a signed 32-bit integer, as the platform's do: integrators keep it in one.
func randomID() int64 {
	const least = 1_000_000
	n, err := rand.Int(rand.Reader, big.NewInt(1<<31-1-least))
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return n.Int64() + least
}

func randomHex(n int) string { return hex.EncodeToString(randomBytes(n)) }

func randomBase64(n int) string { return base64.StdEncoding.EncodeToString(randomBytes(n)) }

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}
