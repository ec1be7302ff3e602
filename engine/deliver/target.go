package deliver

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"
)

// Target is where the notifications of an instance go.
type Target struct {
	// URL of the callback. Empty: the rows wait.
	URL string
	// SignatureKey signs the body (configuration key event.notification.signature.key). Empty: no signature header.
	SignatureKey Secret
	// WebhookSecrets sign by Standard Webhooks: NewWebhookSecret, newest first. All of them sign, so that receivers can change over while a
	// new secret overlaps the old one. None: no webhook-signature.
	WebhookSecrets []Secret
	// Headers go with every request; header.Check says which may.
	Headers Headers
	// Username and Password for basic authentication. Both empty: none.
	Username string
	Password Secret
	// Enabled false: the rows wait.
	Enabled bool
	// Paused: the rows wait until Sender.Resume. See Config.OnPause.
	Paused bool
	// Order of the instance's events. OrderStrict has no dead letters: it pauses instead.
	Order Order
	// Retries of the instance's notifications. nil means Config.Retries; empty means none.
	Retries []time.Duration
	// Rate is the most notifications a second of the instance; 0 means no limit. At most those of one second, and at least one, go at once.
	Rate float64
}

func (t Target) ready() bool { return t.Enabled && t.URL != "" }

// Targets knows the callbacks of instances. The engine implements it; it is asked before every attempt and should answer from memory.
type Targets interface {
	// Target returns ErrGone for an instance that was deleted. Any other error is retried.
	Target(ctx context.Context, instance string) (Target, error)
}

// Poster sends one request. The engine fits egress.Client.Post to it: address guard, no redirects, a bounded answer.
type Poster interface {
	// Post returns an error when there is no whole answer; any status is an answer. It ends when ctx does.
	Post(ctx context.Context, url string, header http.Header, body []byte) (Answer, error)
}

// Answer is what a callback said.
type Answer struct {
	Status int
	Header http.Header // canonical keys
	Body   []byte      // bounded by the Poster
	Cut    error       // why Body is incomplete; the status counts all the same
}

func (a Answer) ok() bool { return a.Status >= 200 && a.Status <= 299 }

// Secret is a key that never prints.
type Secret []byte

const masked = "********"

// String hides the secret.
func (Secret) String() string { return masked }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return masked }

// MarshalJSON hides the secret.
func (Secret) MarshalJSON() ([]byte, error) { return json.Marshal(masked) }

// LogValue hides the secret.
func (Secret) LogValue() slog.Value { return slog.StringValue(masked) }
