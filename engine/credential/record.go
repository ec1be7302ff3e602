package credential

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// Ref names a credential. Home is the name whose partition holds the record: an instance's id, so that both are written in one commit, or
// anything else that all who use the credential agree on. Default: ID.
type Ref struct{ ID, Home string }

// Key is the record's key in the store.
func (r Ref) Key() store.Key {
	home := r.Home
	if home == "" {
		home = r.ID
	}
	return store.Key{Partition: store.PartitionOf(home), Name: "credential/" + r.ID}
}

// sharedPrefix begins the ids of credentials that are not one instance's.
const sharedPrefix = "shared/"

// SharedTerm finds the records of all shared credentials.
var SharedTerm = store.Term{Name: "credential-shared", Value: "all"}

// Shared names a credential that several instances use. scope tells whose it is, and of what, such as "17/acton".
func Shared(scope, name string) Ref { return Ref{ID: sharedPrefix + scope + "/" + name} }

// index is what the record can be found by. It is written with each change, since a put replaces all terms.
func (r Ref) index() []store.Term {
	if strings.HasPrefix(r.ID, sharedPrefix) {
		return []store.Term{SharedTerm}
	}
	return nil
}

func (r Ref) check() error {
	if r.ID == "" || len(r.ID) > 256 || strings.ContainsRune(r.ID, 0) {
		return fmt.Errorf("credential id %q: 1 to 256 bytes without a zero byte are expected", r.ID)
	}
	return nil
}

// Credential is what is needed to authenticate one connection.
type Credential struct {
	Base   string            // the instance's base URL: token URLs that begin with "/" are relative to its host
	Values map[string]Secret // configuration values that the manifest's auth templates name, secret or not: "api.password"
	Tokens *Tokens           // OAuth2 only
}

// Tokens are an OAuth2 token pair.
type Tokens struct {
	Access, Refresh Secret    // Refresh is empty if the provider gave none
	Obtained        time.Time // our clock before the request was sent
	Expiry          time.Time // of Access; zero = unknown
}

// Stored is a credential as it was read.
type Stored struct {
	Credential
	Ref        Ref
	Generation uint64 // 1 at first, one more with each change of values or tokens
	Version    store.Version
}

// Format implements fmt.Formatter.
func (s Stored) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "credential.Stored(%s, generation %d)", s.Ref.ID, s.Generation)
}

// Format implements fmt.Formatter.
func (c Credential) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "credential.Credential") }

// Format implements fmt.Formatter.
func (t Tokens) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "credential.Tokens") }

// same reports whether both are the same pair of tokens.
func (t *Tokens) same(other *Tokens) bool {
	if t == nil || other == nil {
		return t == other
	}
	return t.Access == other.Access && t.Refresh == other.Refresh
}

func (c Credential) clone() Credential {
	c.Values = maps.Clone(c.Values)
	if c.Tokens != nil {
		tokens := *c.Tokens
		c.Tokens = &tokens
	}
	return c
}

// sealedRecord is the plain text of a record's value. Persisted format: testdata/v1 holds it.
type sealedRecord struct {
	V          int               `json:"v"`
	Generation uint64            `json:"generation"`
	Base       string            `json:"base,omitempty"`
	Values     map[string]string `json:"values,omitempty"`
	OAuth2     *sealedTokens     `json:"oauth2,omitempty"`
}

// sealedTokens has times in Unix milliseconds, 0 = unknown.
type sealedTokens struct {
	Access   string `json:"access"`
	Refresh  string `json:"refresh,omitempty"`
	Obtained int64  `json:"obtained,omitempty"`
	Expiry   int64  `json:"expiry,omitempty"`
}

// seal makes a record's value.
func seal(v *Vault, ref Ref, generation uint64, c Credential) ([]byte, error) {
	record := sealedRecord{V: 1, Generation: generation, Base: c.Base}
	if len(c.Values) > 0 {
		record.Values = make(map[string]string, len(c.Values))
		for key, value := range c.Values {
			record.Values[key] = value.Reveal()
		}
	}
	if t := c.Tokens; t != nil {
		record.OAuth2 = &sealedTokens{Access: t.Access.Reveal(), Refresh: t.Refresh.Reveal(), Obtained: millis(t.Obtained), Expiry: millis(t.Expiry)}
	}
	plain, err := json.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("credential %s: %w", ref.ID, err)
	}
	return v.Seal(plain, []byte(ref.Key().Name))
}

// unseal reads a record's value.
func unseal(v *Vault, ref Ref, version store.Version, sealed []byte) (Stored, error) {
	plain, err := v.Open(sealed, []byte(ref.Key().Name))
	if err != nil {
		return Stored{}, err
	}
	var record sealedRecord
	if err := json.Unmarshal(plain, &record); err != nil || record.V != 1 {
		return Stored{}, fmt.Errorf("%w: credential %s has format %d, 1 is known here", ErrUnreadable, ref.ID, record.V)
	}
	s := Stored{Ref: ref, Generation: record.Generation, Version: version, Credential: Credential{Base: record.Base, Values: make(map[string]Secret, len(record.Values))}}
	for key, value := range record.Values {
		s.Values[key] = Secret(value)
	}
	if t := record.OAuth2; t != nil {
		s.Tokens = &Tokens{Access: Secret(t.Access), Refresh: Secret(t.Refresh), Obtained: fromMillis(t.Obtained), Expiry: fromMillis(t.Expiry)}
	}
	return s, nil
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
