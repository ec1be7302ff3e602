package engine

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// Role is what a user may do beside using the instances of its organization, which every user may.
type Role string

// Roles, from the least.
const (
	RoleUser   Role = "user"   // sees its organization and itself
	RoleAdmin  Role = "admin"  // manages the users of its organization
	RoleServer Role = "server" // manages organizations, users of any, and the server's keys
)

// Caller is who makes a request: a user of an organization.
type Caller struct {
	Organization int64
	User         int64
	Role         Role
	From         string // address of the client, for the audit log; "" = unknown
	Request      string // id of the request, for the same
}

// Secrets are the two texts of an Authorization header. They print as they are: the first start shows them once.
type Secrets struct {
	Organization, User string
}

// Kinds of owners, as keys and terms have them.
const (
	kindOrganization = "organization"
	kindUser         = "user"
)

// owner is a stored organization or user. Secrets are stored as SHA-256 hashes only; those that are made here have 128 bits or more.
type owner struct {
	Format       int       `json:"format"`
	ID           int64     `json:"id"`
	Organization int64     `json:"organization,omitempty"` // of a user
	Secret       string    `json:"secret"`                 // hash
	Older        string    `json:"older,omitempty"`        // hash of the secret before it, which is good too until Until
	Until        time.Time `json:"until,omitzero"`
	Name         string    `json:"name,omitempty"`
	Role         Role      `json:"role,omitempty"`  // of a user; "" in records of before there were roles: the first user
	First        bool      `json:"first,omitempty"` // made by the first start
	Created      time.Time `json:"created,omitzero"`
	version      store.Version
}

const ownerFormat = 1

func ownerKey(kind string, id int64) store.Key {
	name := idText(id)
	return store.Key{Partition: store.PartitionOf(kind + name), Name: kind + "/" + name}
}

// put writes the owner over the version that was read.
func (o owner) put(kind string) (store.Put, error) {
	value, err := json.Marshal(o)
	index := []store.Term{{Name: kind, Value: "all"}, {Name: kind + "-secret", Value: o.Secret}}
	if o.Older != "" {
		index = append(index, store.Term{Name: kind + "-secret", Value: o.Older})
	}
	if o.First {
		index = append(index, store.Term{Name: kind, Value: "first"})
	}
	if kind == kindUser {
		index = append(index, store.Term{Name: "user-organization", Value: idText(o.Organization)}, store.Term{Name: "user-role", Value: string(o.Role)})
	}
	return store.Put{Key: ownerKey(kind, o.ID), Expect: o.version, Value: value, Index: index}, err
}

// owner reads an organization or a user, or returns ErrNotFound.
func (e *Engine) owner(ctx context.Context, kind string, id int64) (owner, error) {
	return e.ownerAt(ctx, ownerKey(kind, id))
}

func (e *Engine) ownerAt(ctx context.Context, key store.Key) (o owner, err error) {
	records, err := e.store.Get(ctx, key)
	if err != nil {
		return o, err
	}
	if records[0].Version == 0 {
		return o, ErrNotFound
	}
	return readOwner(records[0])
}

func readOwner(rec store.Record) (o owner, err error) {
	if err := json.Unmarshal(rec.Value, &o); err != nil {
		return o, fmt.Errorf("%s: %w", rec.Key.Name, err)
	}
	o.version = rec.Version
	return o, nil
}

// findOwner reads the first owner that carries a term; its ID is 0 if there is none.
func (e *Engine) findOwner(ctx context.Context, term store.Term) (o owner, err error) {
	keys, err := e.store.Find(ctx, term, store.Key{}, 1)
	if err != nil || len(keys) == 0 {
		return o, err
	}
	o, err = e.ownerAt(ctx, keys[0])
	if errors.Is(err, ErrNotFound) { // removed meanwhile
		return owner{}, nil
	}
	return o, err
}

// storeNewOwner draws an id that is free.
func (e *Engine) storeNewOwner(ctx context.Context, kind string, o *owner) error {
	for range tries {
		o.ID = randomID()
		err := e.storeOwner(ctx, kind, *o)
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("no free id of a new %s found", kind)
}

func (e *Engine) storeOwner(ctx context.Context, kind string, o owner) error {
	put, err := o.put(kind)
	if err != nil {
		return err
	}
	_, err = store.One(e.store.Commit(ctx, store.Change{Puts: []store.Put{put}}))
	return err
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
