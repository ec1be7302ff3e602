package change

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"time"
)

// Kind is what happened to an object, in the platform's words.
type Kind string

// The kinds of change.
const (
	Created Kind = "CREATED"
	Updated Kind = "UPDATED"
	Deleted Kind = "DELETED"
)

// Change is one object seen to be created, updated or deleted.
type Change struct {
	ObjectID string
	Kind     Kind
	// Version tells apart the states of one object; see Rule. It is opaque text.
	Version string
	// Date is the record's own date: its updated date, or the created one where there is no other.
	Date time.Time
	// Record is the record as the provider gave it, bytes unchanged. Empty for Deleted.
	Record json.RawMessage
	// Why explains the kind, for whoever asks later.
	Why Why
	// Event is its EventID, once that has been asked for: it is a hash, and wanted more than once.
	Event string
}

// Why is what decided about a change: the dates as the record has them, and the rule.
type Why struct {
	Updated string `json:"updated,omitempty"` // raw text
	Created string `json:"created,omitempty"` // raw text
	Rule    string `json:"rule"`
}

// The rules that decide about the kind of a change.
const (
	RuleRemembered = "the id was seen before: UPDATED"
	RuleWindow     = "created inside the window: CREATED"
	RuleTolerance  = "updated within the tolerance of being created: CREATED"
	RuleOlder      = "created before the window: UPDATED"
	RuleSame       = "created and updated at the same time (documented rule): CREATED"
	RuleAgain      = "told before, and again after a rewind: as it was"
	RuleDiffer     = "updated after being created (documented rule): UPDATED"
)

// EventID names a change for ever: the same change seen by two polls, or stored twice after a crash, has the same id. It is 20
// characters of the URL-safe base64 alphabet, 120 bits, as long as the platform's own event ids.
func EventID(instance, resource string, c Change) string {
	if c.Event != "" {
		return c.Event
	}
	return Hash("event", instance, resource, c.ObjectID, string(c.Kind), c.Version)
}

// Hash joins texts unambiguously and hashes them to 20 characters (120 bits of SHA-256, URL-safe base64).
func Hash(parts ...string) string {
	room := [512]byte{} // enough for what is hashed for each record
	b := room[:0]
	for _, p := range parts {
		b = append(binary.BigEndian.AppendUint64(b, uint64(len(p))), p...)
	}
	sum := sha256.Sum256(b)
	var text [20]byte
	base64.RawURLEncoding.Encode(text[:], sum[:15])
	return string(text[:])
}
