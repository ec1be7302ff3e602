package instance

import (
	"log/slog"
	"net/http"
)

// Made is what New makes of a good body: the instance, what must be sealed, and what was tolerated.
type Made struct {
	Instance *Instance
	Secrets  Secrets
	Warnings []Problem
}

// Secrets are the values of a body that must never be stored or shown in clear.
type Secrets struct {
	Values       map[string]string // the element's parameters, secret or not: what its auth templates may name
	SignatureKey string
	Headers      http.Header // of every request to the callback; nil = none
	Password     string      // for basic authentication there
	Code         string      // OAuth2 authorization code, used once
	State        string      // of the request for that code; "" = not told
	Refresh      string      // an existing OAuth2 refresh token, instead of a code
}

// String, GoString and LogValue keep secrets out of logs and messages.
func (Secrets) String() string       { return Mask }
func (Secrets) GoString() string     { return Mask }
func (Secrets) LogValue() slog.Value { return slog.StringValue(Mask) }

// MarshalJSON keeps secrets out of answers.
func (Secrets) MarshalJSON() ([]byte, error) { return []byte(`"` + Mask + `"`), nil }
